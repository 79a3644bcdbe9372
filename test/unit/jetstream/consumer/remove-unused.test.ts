import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConnectionError, type NatsError, TimeoutError } from "../../../../src/core/errors.ts";
import { removeUnused } from "../../../../src/jetstream/consumer/remove-unused.ts";
import { JetStreamError } from "../../../../src/jetstream/errors.ts";

const consumer = { stream: "S", name: "c_1" };
const lives = 300_000;

const late = (): NatsError => new TimeoutError("late", { elapsed: 5000 });
const missing = (): NatsError => new JetStreamError("CONSUMER_NOT_FOUND", "there is none", {});
const closed = (): NatsError => new ConnectionError("CONNECTION_CLOSED", "closed");

/** Answers like this, and at last that it is done. */
function apiThat(...failures: readonly (() => NatsError)[]) {
  const left = [...failures];
  const remove = vi.fn(() => {
    const failure = left.shift();
    return failure === undefined ? Promise.resolve() : Promise.reject(failure());
  });
  return { api: { delete: remove }, remove };
}

describe("a consumer that nobody reads any more", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("[JS-PUSH-05] is removed once a server can do it", async () => {
    const { api, remove } = apiThat(late, late, late);
    const removed = removeUnused(api, { consumer, lives });
    await vi.advanceTimersByTimeAsync(lives);
    await removed;
    expect(remove).toHaveBeenCalledTimes(4);
    expect(remove).toHaveBeenLastCalledWith(consumer, {});
  });

  it.each([missing, closed])(
    "[JS-PUSH-05] is no business of ours if it is gone, or we are: %s",
    async (why) => {
      const { api, remove } = apiThat(why);
      await expect(removeUnused(api, { consumer, lives })).rejects.toMatchObject({ code: why().code });
      expect(remove).toHaveBeenCalledTimes(1);
    },
  );

  it("[JS-PUSH-05] is looked for also later if it may come late, but not for ever", async () => {
    const { api, remove } = apiThat(missing, missing);
    const removed = removeUnused(api, { consumer, lives, isUncertain: true });
    await vi.advanceTimersByTimeAsync(lives);
    await removed;
    expect(remove).toHaveBeenCalledTimes(3);
    const never = apiThat(...Array.from({ length: 100 }, () => missing));
    const givenUp = removeUnused(never.api, { consumer, lives, isUncertain: true });
    const failed = expect(givenUp).rejects.toMatchObject({ code: "CONSUMER_NOT_FOUND" });
    await vi.advanceTimersByTimeAsync(60_000);
    await failed;
    expect(never.remove.mock.calls.length).toBeLessThan(10);
  });

  it("[JS-PUSH-05] is looked for also later if a removal got no answer, but not for ever", async () => {
    const { api, remove } = apiThat(late, missing, missing);
    const removed = removeUnused(api, { consumer, lives });
    await vi.advanceTimersByTimeAsync(lives);
    await removed;
    expect(remove).toHaveBeenCalledTimes(4);
    const never = apiThat(late, ...Array.from({ length: 100 }, () => missing));
    const givenUp = removeUnused(never.api, { consumer, lives });
    const failed = expect(givenUp).rejects.toMatchObject({ code: "CONSUMER_NOT_FOUND" });
    await vi.advanceTimersByTimeAsync(60_000);
    await failed;
    expect(never.remove.mock.calls.length).toBeLessThan(10);
  });

  it("[JS-PUSH-05] is left to its server when that removes it by itself", async () => {
    const { api, remove } = apiThat(...Array.from({ length: 1000 }, () => late));
    const givenUp = removeUnused(api, { consumer, lives });
    await vi.advanceTimersByTimeAsync(2 * lives);
    await givenUp;
    expect(remove.mock.calls.length).toBeLessThan(50);
  });
});
