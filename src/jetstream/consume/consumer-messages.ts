import { checkCount, checkWait } from "../../core/call-options.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { messageStream } from "../../core/delivery/message-stream.ts";
import { SubscriptionError } from "../../core/errors.ts";
import type { SharedSignals } from "../../core/shared-signal.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import { CallbackHandOut, type ConsumeCallback } from "./callback-hand-out.ts";
import { ConsumeBatches } from "./consume-batches.ts";
import { ConsumeIterator } from "./consume-iterator.ts";
import { Consuming } from "./consuming.ts";
import { ConsumingLife } from "./consuming-life.ts";
import type { ConsumingOptions } from "./consuming-options.ts";
import { MessageReaders } from "./message-readers.ts";
import type { Source } from "./source.ts";
import { nextOf } from "./visit.ts";

const DEFAULT_BATCH = 1024;

/** The messages of a consumer, to be read by loops or taken by a callback; of several loops each message goes to one. */
export class ConsumerMessages<M extends StoredMessage = JetStreamMessage>
  extends Consuming
  implements AsyncIterable<M>
{
  readonly #readers: MessageReaders<M> | undefined;
  readonly #signals: SharedSignals;
  readonly #stream: string;

  /** @internal */
  constructor(source: Source<M>, options: ConsumingOptions, callback?: ConsumeCallback<M>) {
    const life = new ConsumingLife(source, options);
    super(life as unknown as ConsumingLife<StoredMessage>, options.origin);
    this.#signals = options.connection.foundation.signals;
    this.#stream = options.origin.stream;
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

  /**
   * One of the messages that were asked for in advance, or the next to come; undefined if they have ended. Nothing is lost by a
   * wait that is over, and a drain doesn't wait for whoever may call again: what lies here goes back.
   *
   * Rejects with `TIMEOUT`, `ABORTED`, what has ended them with an error, or `SUBSCRIPTION_HAS_CALLBACK`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "TICKS", subjects: ["ticks"] });
   * await js.publish("ticks", "1");
   * const messages = (await js.consumers.create("TICKS", { durable: "clock" })).consume();
   * (await messages.next({ timeout: 1000 }))?.ack();
   * await messages.stop();
   * await nc.close();
   * ```
   */
  async next(options: WaitOptions = {}): Promise<M | undefined> {
    const limits = this.#signals.limits(checkWait(options));
    return await nextOf(this.#loops(), limits, this.#stream, () => this.trouble);
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

  /** All messages, once the last has come: of what ends by itself, as a fetch does. Rejects with what a loop would throw. */
  async toArray(): Promise<M[]> {
    return await this[Symbol.asyncIterator]().toArray();
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
