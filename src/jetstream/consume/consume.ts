import type { JetStreamMessage } from "../message/jetstream-message.ts";
import { recreateConsumer } from "./consumer-check.ts";
import { originOf } from "./consuming-options.ts";
import { ConsumerMessages } from "./consumer-messages.ts";
import type { ConsumeOptions, LastingOptions } from "./options.ts";
import type { OnMissing } from "./engine/pull-engine-types.ts";
import { refuseExcess } from "./pull-limits.ts";
import { checkConsumeOptions, DEFAULT_EXPIRES, heartbeatOf } from "./pull-options.ts";
import { type AskedPulls, PullSource } from "./pull-source.ts";
import type { LastingConsumer } from "./pulled-consumer.ts";

const DEFAULT_CAPACITY = 500;
const DEFAULT_THRESHOLD = 0.5;

/** Messages that are asked for where only bytes limit: no consumer holds up as many. */
const ANY_NUMBER = 1_000_000;

/** `Consumer.consume`. Throws `INVALID_OPTION`. */
export function consume<T>(
  consumer: LastingConsumer,
  given: ConsumeOptions<JetStreamMessage<T>>,
): ConsumerMessages<JetStreamMessage<T>> {
  const options = checkConsumeOptions(given);
  const { onStale = "drop", signal, callback } = options;
  const source = consumeSource(consumer, options);
  const { connection } = consumer.context;
  // What the messages' values are is the handle's word.
  const messages = new ConsumerMessages<JetStreamMessage>(
    source,
    { connection, origin: originOf(consumer), onStale, signal },
    callback as ((message: JetStreamMessage) => void | PromiseLike<void>) | undefined,
  );
  return messages as ConsumerMessages<JetStreamMessage<T>>;
}

/** What a consume asks for; its options are checked. */
export type ConsumePulls = Omit<ConsumeOptions<never>, "callback" | "signal" | "onStale">;

/** The source of a consume, for whoever hands its messages out. */
function consumeSource(consumer: LastingConsumer, options: ConsumePulls): PullSource {
  const check = refuseExcess(consumer, options);
  return new PullSource(consumer, {
    asked: askedBy(options),
    needsFacts: true,
    check,
    recreate: (fromSeq) => recreateConsumer(consumer, fromSeq),
  });
}

/** As an engine takes it. */
export function askedBy(options: ConsumePulls): AskedPulls {
  const { capacityBytes = Infinity, threshold = DEFAULT_THRESHOLD, expires = DEFAULT_EXPIRES } = options;
  const capacity = options.capacity ?? (capacityBytes === Infinity ? DEFAULT_CAPACITY : ANY_NUMBER);
  return {
    kind: "consume",
    capacity,
    capacityBytes,
    threshold,
    stopAfter: options.stopAfter ?? Infinity,
    expires,
    heartbeat: heartbeatOf(options),
    noWait: false,
    timeout: expires,
    priority: options.priority,
    onMissing: onMissing(options),
  };
}

// JS-PULL-11
/** A stream is never made anew here: it is waited for, and its consumer made when it is back. */
function onMissing({ onMissing: consumer = "fail" }: LastingOptions): OnMissing {
  return { consumer, stream: consumer === "fail" ? "fail" : "wait" };
}
