import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { JetStreamError } from "../../../src/jetstream/errors.ts";
import type { BucketContext } from "../../../src/kv/bucket-context.ts";
import { Reaching } from "../../../src/kv/view/reaching.ts";
import { Replica } from "../../../src/kv/view/replica.ts";
import { failure } from "../../support/failure.ts";

const AWAY = new JetStreamError("JETSTREAM_NOT_ENABLED", "nobody answers", { retryable: true });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("[KV-16] a wait for a revision has its own trouble as its cause, and not that of a wait before", async () => {
  const info = vi.fn(() => Promise.reject(AWAY));
  const context = { stream: { info }, prefix: "$KV.it." } as unknown as BucketContext;
  const reaching = new Reaching(context, [">"], new Replica(() => undefined));
  const troubled = failure(reaching.reached(7, { timeout: 1000 }));
  await vi.advanceTimersByTimeAsync(2000);
  expect(await troubled).toMatchObject({ code: "TIMEOUT", cause: AWAY });
  info.mockReturnValue(new Promise(() => undefined));
  const quiet = failure(reaching.reached(7, { timeout: 1000 }));
  await vi.advanceTimersByTimeAsync(2000);
  const error = await quiet;
  expect(error.code).toBe("TIMEOUT");
  expect(error.cause).toBeUndefined();
});
