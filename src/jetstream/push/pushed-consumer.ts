import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { MessageOwner } from "../message/message-owner.ts";

/** What a {@link PushSource} needs of a consumer's handle. */
export interface PushedConsumer extends MessageOwner {
  readonly name: string;
  /** Whether a message that nobody handled comes again. */
  readonly redelivers: boolean;
  info(options?: WaitOptions): Promise<ConsumerInfo>;
  /** Makes it anew as it was configured, to go on from `fromSeq`. */
  recreate(fromSeq: number | undefined): Promise<ConsumerInfo>;
  /** Removes it if it was made for this client alone. */
  deleteIfOwn(): void;
}
