import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { MessageOwner } from "../message/message-owner.ts";
import type { PullLanes } from "./pull-lanes.ts";

/** What pulling needs of a consumer's handle. */
export interface PulledConsumer extends MessageOwner {
  readonly stream: string;
  readonly name: string;
  /** As the handle saw it last. */
  readonly cachedInfo: ConsumerInfo | undefined;
  info(options?: WaitOptions): Promise<ConsumerInfo>;
  /** Makes it anew as it was configured, to go on from `fromSeq`. */
  recreate(fromSeq: number | undefined): Promise<ConsumerInfo>;
  /** By which one fetch after another pulls. */
  readonly lanes: PullLanes;
}

/** Where a consumer is asked for messages. */
export function pullSubject({ context, stream, name }: PulledConsumer): string {
  return `${context.prefix}.CONSUMER.MSG.NEXT.${stream}.${name}`;
}
