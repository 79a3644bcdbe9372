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

/** The messages of a consumer, for loops or a callback. Several loops share them: each message goes to one. */
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
   * The messages one by one. To leave the loop stops it all. If an error ends the messages, the loop throws it; else it ends quietly.
   * Throws `SUBSCRIPTION_HAS_CALLBACK` if there is a callback.
   */
  [Symbol.asyncIterator](): AsyncSequence<M> {
    return new ConsumeIterator(this.#loops());
  }

  /**
   * One of the messages that were asked for in advance, or the next one that comes; undefined if the messages have ended. A wait that
   * times out loses nothing. A drain doesn't wait for further calls: messages that wait here go back.
   *
   * Rejects with `TIMEOUT` or `ABORTED`, with the error that has ended the messages, or with `SUBSCRIPTION_HAS_CALLBACK`.
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
   * Batches of as many messages as are here, up to `maxMessages` (1,024 by default), with one `await` each. To leave the loop stops
   * it all. Throws `SUBSCRIPTION_HAS_CALLBACK` if there is a callback.
   */
  batches(maxMessages: number = DEFAULT_BATCH): AsyncSequence<M[]> {
    checkCount("maxMessages", maxMessages);
    return new ConsumeBatches(this.#loops(), maxMessages);
  }

  /** All messages, once the last one has come: for what ends by itself, as a fetch does. Rejects with what a loop would throw. */
  async toArray(): Promise<M[]> {
    return await this[Symbol.asyncIterator]().toArray();
  }

  /** The messages as a stream, which fetches them as fast as you read. To cancel it stops it all. */
  readable(): ReadableStream<M> {
    return messageStream(this[Symbol.asyncIterator]());
  }

  #loops(): MessageReaders<M> {
    if (this.#readers !== undefined) return this.#readers;
    const text = "these messages go to a callback: there is nothing to be read";
    throw new SubscriptionError("SUBSCRIPTION_HAS_CALLBACK", text);
  }
}
