import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Warnings } from "../../../src/core/connection/warnings.ts";
import { SubscriptionError } from "../../../src/core/errors.ts";
import type { Warning } from "../../../src/core/transport.ts";
import { JetStreamError } from "../../../src/jetstream/errors.ts";

function setUp() {
  const warned: Warning[] = [];
  const warnings = new Warnings("it", (warning) => void warned.push(warning));
  const end = () => warnings.onUnheard({ type: "closed", error: undefined, lost: { messages: 0, bytes: 0 } });
  return { warned, warnings, end };
}

describe("failures that nobody listens to", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("[JS-PULL-09] are told once a minute if they may pass, and the others counted", () => {
    const { warned, warnings, end } = setUp();
    const error = new JetStreamError("RETRYING", "it fails", { retryable: true });
    for (const pause of [0, 1000, 58_999, 1, 1000]) {
      vi.advanceTimersByTime(pause);
      warnings.onUnheard({ type: "error", error });
    }
    expect(warned.map(({ code }) => code)).toEqual(["RETRYING", "RETRYING"]);
    expect(warned[1]!.message).toBe(
      'it fails (the first such failure for a minute of the connection "it" that nobody listens to; on("error") hears each)',
    );
    end();
    expect(warned[2]!.message).toMatch(/^3 more failures of this kind/);
  });

  it("are told once if they don't pass", () => {
    const { warned, warnings, end } = setUp();
    const error = new SubscriptionError("HANDLER_FAILED", "it fails");
    warnings.onUnheard({ type: "error", error });
    vi.advanceTimersByTime(600_000);
    warnings.onUnheard({ type: "error", error });
    expect(warned).toHaveLength(1);
    expect(warned[0]!.message).toMatch(/\(the first such failure of the connection/);
    end();
    expect(warned[1]!.message).toMatch(/^1 more failures of this kind/);
  });
});
