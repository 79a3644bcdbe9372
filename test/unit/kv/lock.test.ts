import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type NatsError, TimeoutError } from "../../../src/core/errors.ts";
import { now } from "../../../src/kv/lock/instant.ts";
import { Lock } from "../../../src/kv/lock/lock.ts";
import type { LockKey } from "../../../src/kv/lock/lock-key.ts";

const TTL = 9000;
const CLAIM = { id: "mine", holder: "me", ttl: TTL };

/** The answer to a renewal, which the test gives. */
interface Renewal {
  readonly resolve: (revision: number) => void;
  readonly reject: (error: NatsError) => void;
}

/** A lock that is held, its renewals, and what it did at the server. */
function held() {
  const renewals: Renewal[] = [];
  const cleared: number[] = [];
  const stored = { revision: 1 };
  const key: Pick<LockKey, "key" | "bucket" | "timeout" | "write" | "read" | "clear"> = {
    key: "it",
    bucket: "locks",
    timeout: 5000,
    write: () => new Promise<number>((resolve, reject) => renewals.push({ resolve, reject })),
    read: async () => ({ revision: stored.revision, holder: "me", id: "mine" }),
    clear: async (last) => void cleared.push(last),
  };
  const lock = new Lock(key as LockKey, CLAIM, { revision: 1, sentAt: now() });
  const leave = vi.fn();
  let onClosed!: (error: NatsError) => void;
  lock.hold((listener) => {
    onClosed = listener;
    return leave;
  });
  return { lock, leave, renewals, cleared, stored, close: (error: NatsError) => onClosed(error) };
}

const late = (): NatsError => new TimeoutError("no answer", { sent: true });

describe("a lock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("[KV-40] that was lost while a renewal was on its way keeps nobody out when that is stored", async () => {
    const { lock, renewals, cleared, stored } = held();
    await vi.advanceTimersByTimeAsync(TTL / 3);
    expect(renewals).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(TTL);
    expect(lock.signal.reason).toMatchObject({ code: "LOCK_LOST" });
    stored.revision = 5;
    renewals[0]!.resolve(5);
    await vi.advanceTimersByTimeAsync(0);
    expect(cleared).toEqual([5]);
    expect(renewals).toHaveLength(1);
  });

  it("[KV-40] that was released while a renewal was on its way is not renewed, and cleared once", async () => {
    const { lock, renewals, cleared } = held();
    await vi.advanceTimersByTimeAsync(TTL / 3);
    await lock.release();
    renewals[0]!.resolve(5);
    await vi.advanceTimersByTimeAsync(2 * TTL);
    expect(cleared).toEqual([1]);
    expect(renewals).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("[KV-40] is renewed soon after a renewal that got no answer, in place of the same revision", async () => {
    const { lock, renewals } = held();
    await vi.advanceTimersByTimeAsync(TTL / 3);
    renewals[0]!.reject(late());
    await vi.advanceTimersByTimeAsync(TTL / 10);
    expect(renewals).toHaveLength(2);
    renewals[1]!.resolve(7);
    await vi.advanceTimersByTimeAsync(TTL / 3);
    expect(renewals).toHaveLength(3);
    expect(lock).toMatchObject({ isHeld: true, fence: 1 });
  });

  it("[KV-40] leaves its connection when it is over: released, lost, or with the connection", async () => {
    const released = held();
    expect(released.leave).not.toHaveBeenCalled();
    await released.lock.release();
    expect(released.leave).toHaveBeenCalledTimes(1);
    const lost = held();
    await vi.advanceTimersByTimeAsync(TTL);
    expect(lost.leave).toHaveBeenCalledTimes(1);
    const closed = held();
    closed.close(late());
    expect(closed.leave).toHaveBeenCalledTimes(1);
    expect(closed.lock.signal.reason).toMatchObject({ code: "LOCK_LOST" });
    expect(vi.getTimerCount()).toBe(0);
  });
});
