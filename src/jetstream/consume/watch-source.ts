import type { NatsError } from "../../core/errors.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { ConsumeEvent } from "./events.ts";
import { Retries } from "../retries.ts";
import type { OrderedReader } from "./ordered-reader.ts";
import { OrderedSource } from "./ordered-source.ts";
import type { AskedPulls } from "./pull-source.ts";
import type { Source, SourceEnd, SourceListener } from "./source.ts";
import { SyncMark } from "./sync-mark.ts";
import { INTERVAL, SyncProbe } from "./sync-probe.ts";

const NANOS_PER_MILLISECOND = 1_000_000n;

/** What a watch hands out, before it is made an event. */
export type WatchItem = JetStreamMessage | SyncMark;

/**
 * The messages of a stream in order, with a mark among them: behind the last one that was there when the watch began, at
 * once if there was none. The mark comes once, whatever resets happen.
 */
export class WatchSource implements Source<WatchItem>, SourceListener<JetStreamMessage> {
  // It is read anew, from the last that was handed out.
  readonly redelivers = true;
  /** Hears that the mark was handed on. */
  onMarked: (() => void) | undefined;
  readonly #source: OrderedSource;
  readonly #failed: ((error: NatsError) => NatsError) | undefined;
  readonly #info: () => Promise<ConsumerInfo | undefined>;
  #listener!: SourceListener<WatchItem>;
  #probe: SyncProbe | undefined;
  /** Questions whether all has come. */
  readonly #failures = new Retries<NatsError>();
  #state: "initial" | "synced" | "ended" = "initial";

  /** `info` asks for the consumer in use; `failed` says what is told of a failure that ends it. */
  constructor(
    reader: OrderedReader,
    asked: AskedPulls,
    info: () => Promise<ConsumerInfo | undefined>,
    failed?: (error: NatsError) => NatsError,
  ) {
    this.#failed = failed;
    this.#source = new OrderedSource(reader, asked, (message) => this.#onProgress(message));
    this.#info = info;
  }

  start(listener: SourceListener<WatchItem>): void {
    this.#listener = listener;
    this.#probe = new SyncProbe(
      () => this.#hasAllCome(),
      () => this.#sync(),
    );
    this.#source.start(this);
  }

  taken(item: WatchItem): void {
    if (!(item instanceof SyncMark)) this.#source.taken(item);
  }

  dropped(): void {
    // Nothing is acked, and nothing gets too old.
  }

  giveBack(): void {
    // It was not handed out, and nobody waits for it.
  }

  finish(): void {
    this.#source.finish();
  }

  stop(): Promise<number> {
    this.#end();
    return this.#source.stop();
  }

  onMessage(message: JetStreamMessage, deadline: number): void {
    this.#probe?.onMessage();
    this.#listener.onMessage(message, deadline);
  }

  onEvent(event: ConsumeEvent): void {
    this.#listener.onEvent(event);
  }

  onEnd(end: SourceEnd): void {
    this.#end();
    const { error } = end;
    const isTold = error === undefined || this.#failed === undefined;
    this.#listener.onEnd(isTold ? end : { ...end, error: this.#failed(error) });
  }

  #onProgress(message: JetStreamMessage | undefined): void {
    if (this.#state !== "initial") return;
    const place = this.#source.place!;
    if (place.toCome > 0) return;
    const isComplete =
      message === undefined ||
      place.isComplete(message.pending, Number(message.timeNanos / NANOS_PER_MILLISECOND));
    if (isComplete) this.#sync();
  }

  #sync(): void {
    if (this.#state !== "initial") return;
    this.#state = "synced";
    this.#stopProbe();
    this.#tellRecovered();
    this.#listener.onMessage(new SyncMark(this.#source.place!.cursor), Infinity);
    this.onMarked?.();
  }

  async #hasAllCome(): Promise<boolean> {
    const info = await this.#currentInfo();
    const { place } = this.#source;
    return info?.numPending === 0 && place !== undefined && !place.lacks(info.delivered.consumerSeq);
  }

  /** Undefined if there is no consumer, or nobody could say. */
  async #currentInfo(): Promise<ConsumerInfo | undefined> {
    try {
      const info = await this.#info();
      this.#tellRecovered();
      return info;
    } catch (thrown) {
      this.#onUnanswered(thrown as NatsError);
      return undefined;
    }
  }

  #onUnanswered(error: NatsError): void {
    // The connection tells of lost links, the source of a consumer that has gone.
    const isTold = error.code === "DISCONNECTED" || error.code === "CONSUMER_NOT_FOUND";
    if (this.#state !== "initial" || isTold) return;
    const row = this.#failures.failed(error, performance.now());
    this.onEvent({ type: "retrying", error, ...row, delay: INTERVAL });
  }

  /** The server has said whether it is complete, or there is nothing left to ask. */
  #tellRecovered(): void {
    const row = this.#failures.ended(performance.now());
    if (row !== undefined) this.onEvent({ type: "recovered", ...row });
  }

  #end(): void {
    this.#state = "ended";
    this.#stopProbe();
  }

  #stopProbe(): void {
    this.#probe?.stop();
    this.#probe = undefined;
  }
}
