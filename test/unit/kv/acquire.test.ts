import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NatsError } from "../../../src/core/errors.ts";
import { JetStreamError } from "../../../src/jetstream/errors.ts";
import { Acquisition } from "../../../src/kv/lock/acquire.ts";
import type { LockKey } from "../../../src/kv/lock/lock-key.ts";
import { failure } from "../../support/failure.ts";

const CLAIM = { id: "mine", holder: "me", ttl: 10_000 };
const AWAY = new JetStreamError("JETSTREAM_NOT_ENABLED", "nobody answers", { retryable: true });

/** A lock whose server is away until it is told to be there, and what was reported meanwhile. */
function away({ isLinked = true } = {}) {
  const reported: NatsError[] = [];
  const there = { isThere: false };
  const key: Pick<
    LockKey,
    "key" | "bucket" | "timeout" | "isLinked" | "checkTtl" | "write" | "read" | "clear" | "report"
  > = {
    key: "it",
    bucket: "locks",
    timeout: 5000,
    isLinked,
    checkTtl: () => Promise.resolve(),
    write: () => (there.isThere ? Promise.resolve(7) : Promise.reject(AWAY)),
    read: () => Promise.reject(AWAY),
    clear: () => Promise.resolve(),
    report: (error) => void reported.push(error),
  };
  return { key: key as LockKey, reported, there };
}

describe("the taking of a lock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("[KV-40] without a time limit tells once what has kept it for long, and takes it when that is over", async () => {
    const { key, reported, there } = away();
    const taken = new Acquisition(key, CLAIM, {}).run();
    await vi.advanceTimersByTimeAsync(4900);
    expect(reported).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reported).toHaveLength(1);
    expect(reported[0]).toMatchObject({ code: "RETRYING", cause: AWAY });
    expect(reported[0]!.message).toMatch(
      /^taking the lock "it" of bucket "locks" has failed \d+ times in 5 s/,
    );
    there.isThere = true;
    await vi.advanceTimersByTimeAsync(300);
    expect(await taken).toMatchObject({ revision: 7 });
  });

  it("[KV-40] says nothing of an outage, of which the connection tells", async () => {
    const { key, reported, there } = away({ isLinked: false });
    const taken = new Acquisition(key, CLAIM, {}).run();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(reported).toEqual([]);
    there.isThere = true;
    await vi.advanceTimersByTimeAsync(300);
    expect(await taken).toMatchObject({ revision: 7 });
  });

  it("[KV-40] with a time limit tells it when that is over", async () => {
    const { key, reported } = away();
    const failed = failure(new Acquisition(key, CLAIM, { timeout: 20_000 }).run());
    await vi.advanceTimersByTimeAsync(21_000);
    expect(await failed).toMatchObject({ code: "JETSTREAM_NOT_ENABLED" });
    expect(reported).toEqual([]);
  });
});
