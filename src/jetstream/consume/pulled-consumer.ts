import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { MessageOwner } from "../message/message-owner.ts";

/** What pulling needs of a consumer's handle. */
export interface PulledConsumer extends MessageOwner {
  readonly stream: string;
  readonly name: string;
  /** As the handle saw it last. */
  readonly cachedInfo: ConsumerInfo | undefined;
  /** Whether a message that nobody handled comes again. */
  readonly redelivers: boolean;
  info(options?: WaitOptions): Promise<ConsumerInfo>;
  /** Takes what the server has told of the consumer. */
  learn(info: ConsumerInfo): ConsumerInfo;
}

/** A consumer that can be made anew where it is gone. */
export interface LastingConsumer extends PulledConsumer {
  /** As it was configured, to go on from `fromSeq`. */
  recreate(fromSeq: number | undefined): Promise<ConsumerInfo>;
}

/** Where a consumer is asked for messages. */
export function pullSubject({ context, stream, name }: PulledConsumer): string {
  return `${context.prefix}.CONSUMER.MSG.NEXT.${stream}.${name}`;
}
