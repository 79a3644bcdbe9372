import type { JetStreamMessage } from "../message/jetstream-message.ts";
import { originOf } from "./consuming-options.ts";
import { ConsumerMessages } from "./consumer-messages.ts";
import type { FetchOptions } from "./options.ts";
import type { PullLanes } from "./pull-lanes.ts";
import { refuseExcess } from "./pull-limits.ts";
import { checkFetchOptions, DEFAULT_EXPIRES, heartbeatOf } from "./pull-options.ts";
import { type AskedPulls, PullSource } from "./pull-source.ts";
import type { PulledConsumer } from "./pulled-consumer.ts";

const DEFAULT_MESSAGES = 100;

// JS-PULL-03
/** Messages that are asked for where only bytes limit. */
const ANY_NUMBER = 1_000_000;

/** `Consumer.fetch`. Throws `INVALID_OPTION`. */
export function fetch<T>(
  consumer: PulledConsumer,
  lanes: PullLanes,
  given: FetchOptions,
): ConsumerMessages<JetStreamMessage<T>> {
  const options = checkFetchOptions(given);
  const { connection, timeout } = consumer.context;
  const asked = askedByFetch(options, timeout);
  const check = refuseExcess(consumer, options);
  const source = new PullSource(consumer, { asked, needsFacts: true, check, lanes });
  const messages = new ConsumerMessages<JetStreamMessage>(source, {
    connection,
    origin: originOf(consumer),
    onStale: "drop",
    signal: options.signal,
  });
  // What the messages' values are is the handle's word.
  return messages as ConsumerMessages<JetStreamMessage<T>>;
}

/** As an engine takes it. `timeout`: how long an answer is waited for where nothing at the server is. */
export function askedByFetch(options: FetchOptions, timeout: number): AskedPulls {
  const { maxBytes = Infinity, noWait = false } = options;
  const maxMessages = options.maxMessages ?? (maxBytes === Infinity ? DEFAULT_MESSAGES : ANY_NUMBER);
  // JS-PULL-04: with both it waits for the first message.
  const expires = options.expires ?? (noWait ? 0 : DEFAULT_EXPIRES);
  return {
    kind: "fetch",
    capacity: maxMessages,
    capacityBytes: maxBytes,
    threshold: 0,
    stopAfter: Infinity,
    expires,
    heartbeat: expires === 0 ? 0 : heartbeatOf({ ...options, expires }),
    noWait,
    timeout,
    priority: options.priority,
    onMissing: { consumer: "fail", stream: "fail" },
  };
}
