import { isNatsError, toError } from "../../core/errors.ts";
import type { CheckResult, FailedCheck, PullFailure } from "./engine/pull-engine-types.ts";
import { pullFacts } from "./pull-facts.ts";
import type { LastingConsumer, PulledConsumer } from "./pulled-consumer.ts";

/** Whether the consumer is there; what it is like is learned. Never rejects. */
export async function checkConsumer(consumer: PulledConsumer): Promise<CheckResult> {
  try {
    const info = await consumer.info();
    if (info.config.push !== undefined) return { found: false, refused: pushes(consumer) };
    return { found: true, limits: pullFacts(info).limits };
  } catch (thrown) {
    return resultOf(thrown);
  }
}

/** Makes the consumer anew, as it was configured, to go on from `fromSeq`. Never rejects. */
export async function recreateConsumer(
  consumer: LastingConsumer,
  fromSeq: number | undefined,
): Promise<CheckResult> {
  try {
    return { found: true, limits: pullFacts(await consumer.recreate(fromSeq)).limits };
  } catch (thrown) {
    return resultOf(thrown);
  }
}

/** What a call of the API that failed says about the consumer. */
export function resultOf(thrown: unknown): CheckResult {
  if (isNatsError(thrown, "CONSUMER_NOT_FOUND")) return { found: false, missing: "consumer" };
  if (isNatsError(thrown, "STREAM_NOT_FOUND")) return { found: false, missing: "stream" };
  if (isNatsError(thrown)) {
    const { code } = thrown;
    const isFinal =
      code === "INVALID_CONFIG" ||
      code === "UNKNOWN_FIELD" ||
      code === "WRONG_CONSUMER_KIND" ||
      code === "CONSUMER_EXISTS" ||
      code === "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT" ||
      code === "PUBLISH_DENIED" ||
      code === "SUBSCRIBE_DENIED" ||
      // The request itself is too large: a key as long as a line may be, or thousands of filters.
      code === "CONTROL_LINE_TOO_LONG" ||
      code === "MAX_PAYLOAD_EXCEEDED";
    if (isFinal) return { found: false, refused: failureBy(thrown) };
  }
  if (isNatsError(thrown, "DISCONNECTED")) return { found: false, failed: true, isCut: true };
  return failedBy(toError(thrown));
}

/** It may be better at the next attempt. */
export function failedBy(cause: Error): FailedCheck {
  const isUnanswered = isNatsError(cause, "JETSTREAM_NOT_ENABLED");
  return { found: false, failed: true, failure: failureBy(cause), isUnanswered };
}

/** Why a call that failed says nothing of the consumer; undefined if it does, or the link was lost. */
export function troubleIn(thrown: unknown): PullFailure | undefined {
  const result = resultOf(thrown);
  return "failed" in result ? result.failure : undefined;
}

/** The application is told of the cause. */
function failureBy(cause: Error): PullFailure {
  return { code: "API_ERROR", text: cause.message, cause };
}

function pushes({ stream, name }: PulledConsumer): PullFailure {
  const text = `the consumer "${name}" of the stream "${stream}" sends to a subject, and can't be asked`;
  return { code: "WRONG_CONSUMER_KIND", text };
}
