import { isNatsError, type NatsError } from "../../core/errors.ts";
import { JetStreamError } from "../errors.ts";
import type { ConsumeEvent } from "./events.ts";
import type { PullEvent, PullFailure } from "./engine/pull-engine-types.ts";

/** Which consumer, in errors. */
export interface FailedConsumer {
  readonly stream: string;
  readonly name: string;
}

const MISSING: Partial<Record<PullFailure["code"], "consumer" | "stream">> = {
  CONSUMER_NOT_FOUND: "consumer",
  STREAM_NOT_FOUND: "stream",
};

/** Why pulling has ended, as the application is told. */
export function pullError({ stream, name }: FailedConsumer, failure: PullFailure): NatsError {
  const { code, text, cause, ...facts } = failure;
  // What a call of the API has said knows more.
  if (code === "API_ERROR" && isNatsError(cause)) return cause;
  const missing = MISSING[code];
  if (missing !== undefined) return missingError({ stream, name }, missing);
  const known = { ...facts, stream, consumer: name, ...(cause === undefined ? {} : { cause }) };
  return new JetStreamError(code, text, known);
}

function missingError({ stream, name }: FailedConsumer, what: "consumer" | "stream"): JetStreamError {
  return what === "stream"
    ? new JetStreamError("STREAM_NOT_FOUND", `the stream "${stream}" is gone`, { stream, consumer: name })
    : new JetStreamError("CONSUMER_NOT_FOUND", `the consumer "${name}" of the stream "${stream}" is gone`, {
        stream,
        consumer: name,
      });
}

/** An event of the engine as the application hears it. */
export function consumeEvent(consumer: FailedConsumer, event: PullEvent): ConsumeEvent {
  switch (event.type) {
    case "missing":
      return { type: "missing", error: missingError(consumer, event.what) };
    case "status":
      return { type: "status", code: event.code, description: event.text };
    case "retrying": {
      const { failure, ...facts } = event;
      return { ...facts, error: pullError(consumer, failure) };
    }
    case "recovered":
    case "pinned":
    case "unpinned":
    case "limited":
    case "heartbeatsMissed":
      return event;
  }
}
