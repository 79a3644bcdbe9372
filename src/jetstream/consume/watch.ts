import { checkCount } from "../../core/call-options.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { type DrainReport, messagesInHand } from "../../core/delivery/drain-report.ts";
import { SubscriptionError } from "../../core/errors.ts";
import { Waiter } from "../../core/waiter.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import { CallbackHandOut } from "./callback-hand-out.ts";
import { ConsumeBatches } from "./consume-batches.ts";
import { Consuming } from "./consuming.ts";
import { ConsumingLife } from "./consuming-life.ts";
import type { ConsumingOptions, DrainConsumingOptions } from "./consuming-options.ts";
import type { ConsumingClosed } from "./events.ts";
import { MessageReaders } from "./message-readers.ts";
import { SyncMark } from "./sync-mark.ts";
import { watchBatches } from "./watch-batches.ts";
import { WatchIterator } from "./watch-iterator.ts";
import type { WatchItem, WatchSource } from "./watch-source.ts";

const DEFAULT_BATCH = 1024;

/** How the events of a watch are made, and who takes them. */
export interface WatchReading<E> {
  /** Makes an event of a message; undefined leaves it out. What it throws ends the watch. */
  read(message: JetStreamMessage): E | undefined;
  /** The event that says that all has come that was there; `seq` is how far that is. Undefined: no event says so. */
  synced(seq: number): E | undefined;
  /** Takes the events as they come, in the place of loops. */
  readonly callback?: (event: E) => void;
}

/**
 * What is in a stream, and what changes there: without a gap or a repeat, across lost links, servers that restart and
 * leaders that move. Of several loops each event goes to one.
 */
export class Watch<E> extends Consuming implements AsyncIterable<E> {
  readonly #life: ConsumingLife<WatchItem>;
  readonly #readers: MessageReaders<WatchItem> | undefined;
  readonly #reading: WatchReading<E>;
  /** Those that were begun: few programs have more than one. */
  readonly #iterators = new Set<WatchIterator<WatchItem, E>>();
  readonly #synced = new Waiter<void>({}, { what: "all that was there" });

  /** @internal */
  constructor(source: WatchSource, options: ConsumingOptions, reading: WatchReading<E>) {
    const life = new ConsumingLife<WatchItem>(source, options);
    super(life as unknown as ConsumingLife<StoredMessage>, options.origin);
    this.#life = life;
    this.#reading = reading;
    source.onMarked = () => {
      // All before it was taken; only the mark itself may lie there.
      if (life.stock <= 1) this.#synced.resolve();
    };
    // Whoever does not ask for it has the loop to tell.
    this.#synced.promise.catch(() => undefined);
    void life.ending.then((closed) => this.#synced.reject(closed.error ?? endedEarly(closed)));
    const { callback } = reading;
    if (callback === undefined) {
      this.#readers = new MessageReaders(life);
      life.start(this.#readers);
    } else {
      life.start(new CallbackHandOut((item) => this.#call(callback, item), life));
    }
  }

  /** As of any other consuming; what `handling` names are events. */
  override async drain(options: DrainConsumingOptions = {}): Promise<DrainReport> {
    const { handling } = options;
    if (handling === undefined) return await super.drain(options);
    const events = messagesInHand(handling);
    const items = [...this.#iterators].filter((loop) => events.includes(loop.event as object));
    return await super.drain({ ...options, handling: items.flatMap(({ inHand }) => inHand) });
  }

  /**
   * Resolves once all that was there when it began has been read; at once if there was nothing. Await it beside the loop that reads
   * the watch: before that it can only resolve if there was nothing. Rejects with what ends the watch before that, and with
   * `SUBSCRIPTION_CLOSED` if the application does.
   */
  get synced(): Promise<void> {
    // Who asks for it is told why the watch ends.
    void this.#life.closed;
    return this.#synced.promise;
  }

  /**
   * The events one by one. Leaving the loop stops the watch. It throws what ends the watch with an error, and ends quietly
   * otherwise. Throws `SUBSCRIPTION_HAS_CALLBACK` if a callback takes the events.
   */
  [Symbol.asyncIterator](): AsyncSequence<E> {
    const loop = new WatchIterator<WatchItem, E>(this.#loops(), (item) => this.#read(item));
    this.#iterators.add(loop);
    return loop;
  }

  /**
   * As many as are here, up to `maxEvents` (1,024 unless said otherwise), with one `await`. Leaving the loop stops the watch.
   * Throws `SUBSCRIPTION_HAS_CALLBACK` if a callback takes the events.
   */
  batches(maxEvents: number = DEFAULT_BATCH): AsyncSequence<E[]> {
    const items = new ConsumeBatches(this.#loops(), checkCount("maxEvents", maxEvents));
    return watchBatches(items, (item) => this.#read(item));
  }

  #loops(): MessageReaders<WatchItem> {
    if (this.#readers !== undefined) return this.#readers;
    const text = "the events of this watch go to a callback: there is nothing to be read";
    throw new SubscriptionError("SUBSCRIPTION_HAS_CALLBACK", text);
  }

  #read(item: WatchItem): E | undefined {
    if (!(item instanceof SyncMark)) return this.#reading.read(item);
    this.#synced.resolve();
    return this.#reading.synced(item.seq);
  }

  #call(callback: (event: E) => void, item: WatchItem): void {
    const event = this.#read(item);
    if (event !== undefined) callback(event);
  }
}

function endedEarly({ reason }: ConsumingClosed): SubscriptionError {
  const text = `the watch ended (${reason}) before all that was there had been read`;
  return new SubscriptionError("SUBSCRIPTION_CLOSED", text);
}
