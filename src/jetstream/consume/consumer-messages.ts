import { checkCount } from "../../core/call-options.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { messageStream } from "../../core/delivery/message-stream.ts";
import { SubscriptionError } from "../../core/errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import { CallbackHandOut, type ConsumeCallback } from "./callback-hand-out.ts";
import { ConsumeBatches } from "./consume-batches.ts";
import { ConsumeIterator } from "./consume-iterator.ts";
import { Consuming } from "./consuming.ts";
import { ConsumingLife } from "./consuming-life.ts";
import type { ConsumingOptions } from "./consuming-options.ts";
import { MessageReaders } from "./message-readers.ts";
import type { MessageSource } from "./source.ts";

const DEFAULT_BATCH = 1024;

/** The messages of a consumer, to be read by loops or taken by a callback; of several loops each message goes to one. */
export class ConsumerMessages<M extends StoredMessage = JetStreamMessage>
  extends Consuming
  implements AsyncIterable<M>
{
  readonly #readers: MessageReaders<M> | undefined;

  /** @internal */
  constructor(source: MessageSource<M>, options: ConsumingOptions, callback?: ConsumeCallback<M>) {
    const life = new ConsumingLife(source, options);
    super(life as unknown as ConsumingLife<StoredMessage>, options.origin);
    if (callback === undefined) {
      this.#readers = new MessageReaders(life);
      life.start(this.#readers);
    } else {
      life.start(new CallbackHandOut(callback, life));
    }
  }

  // JS-PULL-06
  /**
   * The messages one by one. Leaving the loop stops it all. It throws what ends it with an error, and ends quietly
   * otherwise. Throws `SUBSCRIPTION_HAS_CALLBACK` if there is one.
   */
  [Symbol.asyncIterator](): AsyncSequence<M> {
    return new ConsumeIterator(this.#loops());
  }

  // JS-PULL-19
  /**
   * As many as are here, up to `maxMessages` (1,024 unless said otherwise), with one `await`. Leaving the loop stops it all.
   * Throws `SUBSCRIPTION_HAS_CALLBACK` if there is a callback.
   */
  batches(maxMessages: number = DEFAULT_BATCH): AsyncSequence<M[]> {
    checkCount("maxMessages", maxMessages);
    return new ConsumeBatches(this.#loops(), maxMessages);
  }

  /** The messages as a stream, which is read only as fast as its reader. Cancelling it stops it all. */
  readable(): ReadableStream<M> {
    return messageStream(this[Symbol.asyncIterator]());
  }

  #loops(): MessageReaders<M> {
    if (this.#readers !== undefined) return this.#readers;
    const text = "these messages go to a callback: there is nothing to be read";
    throw new SubscriptionError("SUBSCRIPTION_HAS_CALLBACK", text);
  }
}
