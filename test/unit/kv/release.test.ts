import { describe, expect, it } from "vitest";
import { type NatsError, TimeoutError } from "../../../src/core/errors.ts";
import type { WaitOptions } from "../../../src/core/waiter.ts";
import { JetStreamError } from "../../../src/jetstream/errors.ts";
import { Release } from "../../../src/kv/lock/release.ts";
import type { ReleasedKey } from "../../../src/kv/lock/release-claim.ts";
import { failure } from "../../support/failure.ts";

const LAST = 7;

/** A call that the key got: of which revision to clear, undefined for a read, and how long it may take. */
interface Call {
  readonly last: number | undefined;
  readonly timeout: number | undefined;
}

/** Each attempt to clear it fails with the next of these; without one it is done. */
function keyThat(...failures: readonly NatsError[]): { readonly key: ReleasedKey; readonly calls: Call[] } {
  const left = [...failures];
  const calls: Call[] = [];
  const key: ReleasedKey = {
    key: "it",
    timeout: 5000,
    clear: async (last: number, { timeout }: WaitOptions) => {
      calls.push({ last, timeout });
      const error = left.shift();
      if (error !== undefined) throw error;
    },
    read: async ({ timeout }: WaitOptions) => {
      calls.push({ last: undefined, timeout });
      return { revision: LAST + 1, holder: "me", id: "mine" };
    },
  };
  return { key, calls };
}

const late = (): NatsError => new TimeoutError("no answer", { sent: true });
const wrong = (): NatsError => new JetStreamError("WRONG_LAST_SEQUENCE", "another one", {});

describe("the release of a lock", () => {
  it("[KV-40] goes on for who waits longest, though another's time is nearly up", async () => {
    const { key, calls } = keyThat(late());
    const clear: ReleasedKey["clear"] = async (last, limits) => {
      await key.clear(last, limits);
      // Timers may be late: whoever is in a hurry must have gone before the second attempt is answered.
      await hasty;
    };
    const release = new Release({ ...key, clear }, "mine", LAST);
    // Too little for another attempt.
    const hasty = failure(release.done({ timeout: 50 }));
    const patient = release.done({ timeout: 600_000 });
    await patient;
    expect(await hasty).toMatchObject({ code: "TIMEOUT" });
    expect(calls.map(({ last }) => last)).toEqual([LAST, LAST]);
    expect(calls[0]!.timeout).toBeLessThanOrEqual(50);
    expect(calls[1]!.timeout).toBe(2000);
  });

  it("[KV-40] of a lock whose renewal was stored unheard is one of that revision", async () => {
    const { key, calls } = keyThat(wrong());
    await new Release(key, "mine", LAST).done({});
    expect(calls.map(({ last }) => last)).toEqual([LAST, undefined, LAST + 1]);
  });

  it("[KV-40] leaves a lock alone that is another's by now", async () => {
    const { key, calls } = keyThat(wrong());
    await new Release(key, "another", LAST).done({});
    expect(calls.map(({ last }) => last)).toEqual([LAST, undefined]);
  });

  it("[KV-40] that failed begins anew with the next who waits, for as long as that one says", async () => {
    const refusal = new JetStreamError("API_ERROR", "no", { errCode: 10_109 });
    const { key, calls } = keyThat(refusal);
    const release = new Release(key, "mine", LAST);
    expect(await failure(release.done({ timeout: 1000 }))).toMatchObject({ errCode: 10_109 });
    await release.done({ timeout: 700 });
    expect(calls).toHaveLength(2);
    expect(calls[1]!.timeout).toBeLessThanOrEqual(700);
  });
});
