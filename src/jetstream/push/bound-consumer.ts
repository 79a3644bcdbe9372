import { invalidOption } from "../../core/checks.ts";
import { checkConsumerConfig, type PushConsumerConfig } from "../config/consumer-config.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import { checkConsumerName, checkStreamName } from "../config/names.ts";
import type { PushedConsumer } from "./pushed-consumer.ts";

/** A push consumer as the application describes it. It is believed to exist, and the server is not asked. */
export interface BoundConsumer {
  readonly stream: string;
  readonly name: string;
  readonly config: PushConsumerConfig;
}

/** Throws `INVALID_OPTION`, or `INVALID_CONFIG` for what no consumer has. */
export function boundConsumer(stream: string, config: PushConsumerConfig): BoundConsumer {
  checkStreamName(stream);
  checkConsumerConfig(config);
  const name = checkConsumerName(config.durable ?? config.name ?? "", "config.durable");
  if (config.push?.deliverSubject === undefined) {
    throw invalidOption("config.push.deliverSubject", "it is needed, for the server is not asked");
  }
  return { stream, name, config: { ...config, push: { ...config.push } } };
}

/** The consumer, whose info is made up of what the application said. */
export function takenToBeThere(consumer: PushedConsumer, bound: BoundConsumer): PushedConsumer {
  const info = Promise.resolve(unaskedInfo(bound));
  return {
    name: bound.name,
    context: consumer.context,
    schema: consumer.schema,
    redelivers: consumer.redelivers,
    takesAcks: consumer.takesAcks,
    info: () => info,
    recreate: () => info,
    deleteIfOwn: () => undefined,
  };
}

/** An info without an answer of the server: as if the consumer had delivered nothing, and had no reader. */
function unaskedInfo({ stream, name, config }: BoundConsumer): ConsumerInfo {
  const none = { consumerSeq: 0, streamSeq: 0 };
  const now = new Date();
  return {
    stream,
    name,
    config,
    created: now,
    ts: now,
    delivered: none,
    ackFloor: none,
    numPending: 0,
    numAckPending: 0,
    numRedelivered: 0,
    numWaiting: 0,
    paused: false,
    pushBound: false,
    priorityGroups: [],
  };
}
