import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SyncProbe } from "../../../../src/jetstream/consume/sync-probe.ts";

describe("a watch that is not complete yet", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("[KV-22] asks the server while no message comes, and is told once", async () => {
    const answers = [false, true, true];
    const asked = vi.fn(() => Promise.resolve(answers.shift()!));
    const complete = vi.fn();
    const probe = new SyncProbe(asked, complete);
    probe.onMessage();
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(complete).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledTimes(2);
    probe.stop();
  });

  it("[KV-22] asks again after a failure, and no more once it is stopped", async () => {
    const asked = vi.fn(() => Promise.reject(new Error("no server")));
    const complete = vi.fn();
    const probe = new SyncProbe(asked, complete);
    await vi.advanceTimersByTimeAsync(3000);
    expect(asked).toHaveBeenCalledTimes(3);
    probe.stop();
    await vi.advanceTimersByTimeAsync(3000);
    expect(asked).toHaveBeenCalledTimes(3);
    expect(complete).not.toHaveBeenCalled();
  });
});
