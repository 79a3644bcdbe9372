import type { NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { JetStreamMessage } from "../message/jetstream-message.ts";
import type { MessageOwner } from "../message/message-owner.ts";
import { aroundMessage } from "./around-message.ts";
import { type Departures, departuresOf } from "./departures.ts";
import { createOrdered } from "./ordered-create.ts";
import { OrderedEngine } from "./engine/ordered-engine.ts";
import type {
  DeliverPolicy,
  OrderedEffect,
  OrderedEngineFace,
  OrderedInput,
} from "./engine/ordered-engine-types.ts";
import type { OrderedPlace } from "./engine/ordered-place.ts";
import type { OrderedReader } from "./ordered-reader.ts";
import { NOTHING, type PullRequest } from "./engine/pull-engine-types.ts";
import { consumeEvent } from "./pull-failure.ts";
import { PullPort, type PullPortHost } from "./pull-port.ts";
import { NO_LIMITS, writePullRequest } from "./engine/pull-request.ts";
import type { AskedPulls } from "./pull-source.ts";
import { sourceEnd } from "./source-end.ts";
import type { Source, SourceEnd, SourceListener } from "./source.ts";
import { TurnClock } from "./turn-clock.ts";

/** The status of a heartbeat. */
const IDLE = 100;

type Create = Extract<OrderedEffect, { readonly type: "create" }>;

/** Hears of each message of the consumer in use, also of one that was told before; and of each new consumer, without one. */
export type OrderedProgressListener = (message: JetStreamMessage | undefined) => void;

/** The messages of a stream in order: what the {@link OrderedEngine} decides is done here. */
export class OrderedSource implements Source<JetStreamMessage>, PullPortHost {
  // It is read anew, from the last that was handed out.
  readonly redelivers = true;
  readonly lanes = undefined;
  readonly #reader: OrderedReader;
  readonly #asked: AskedPulls;
  readonly #owner: MessageOwner;
  readonly #port: PullPort;
  readonly #clock = new TurnClock();
  readonly #departures: Departures;
  readonly #countsBytes: boolean;
  readonly #onProgress: OrderedProgressListener | undefined;
  #engine!: OrderedEngineFace;
  #listener!: SourceListener<JetStreamMessage>;
  #state: "idle" | "running" | "ended" = "idle";
  /** The consumer that is to be made. */
  #wanted: Create | undefined;
  #lookUp: { readonly found: Promise<ReadonlySet<number>>; readonly aborter: AbortController } | undefined;

  constructor(reader: OrderedReader, asked: AskedPulls, onProgress?: OrderedProgressListener) {
    const { context, schema } = reader;
    this.#onProgress = onProgress;
    this.#reader = reader;
    this.#asked = asked;
    this.#owner = { context, schema, takesAcks: false };
    this.#port = new PullPort(context.connection, this);
    this.#departures = departuresOf(asked);
    this.#countsBytes = asked.capacityBytes !== Infinity;
  }

  start(listener: SourceListener<JetStreamMessage>): void {
    const { progress, config } = this.#reader.series;
    this.#listener = listener;
    let place: OrderedPlace | undefined;
    try {
      place = progress.begin();
    } catch (thrown) {
      this.#state = "ended";
      listener.onEnd({ reason: "failed", error: thrown as NatsError });
      return;
    }
    const { connected, firstPull } = this.#port.open();
    const { ration } = this.#reader;
    const isRationed = ration !== undefined;
    const isKnown = this.#reader.context.api.hasAnswered;
    const pull = {
      ...this.#asked,
      isKnown,
      isRationed,
      limits: NO_LIMITS,
      firstPull,
      random: Math.random,
    };
    this.#engine = new OrderedEngine({ pull, deliverPolicy: config.deliverPolicy ?? "all", place });
    this.#state = "running";
    ration?.open((messages) => this.#step({ type: "granted", at: performance.now(), messages }));
    this.#step({ type: "start", at: performance.now(), connected });
  }

  taken(message: JetStreamMessage): void {
    this.#reader.series.progress.taken(message.seq);
    if (this.#state !== "running") return;
    if (!this.#departures.left(this.#countsBytes ? message.wireSize : 0)) return;
    const { messages, bytes } = this.#departures;
    this.#departures.clear();
    const effects = this.#engine.taken(messages, bytes, this.#clock.now());
    if (effects !== NOTHING) this.#perform(effects);
    this.#tellRation();
  }

  dropped(): void {
    // Nothing is acked, and nothing gets too old.
  }

  giveBack(): void {
    // It was not handed out, and comes again.
  }

  finish(): void {
    if (this.#state === "running") this.#step({ type: "drain", at: performance.now() });
    else this.#end({ reason: "drained" });
  }

  async stop(): Promise<number> {
    if (this.#state === "idle") {
      this.#state = "ended";
      return 0;
    }
    this.#step({ type: "stop", at: performance.now() });
    this.#end({ reason: "stopped" });
    await this.#port.gone;
    return 0;
  }

  onMessage(received: Message, generation: number): void {
    if (this.#state !== "running") return;
    const message = new JetStreamMessage(received, this.#owner);
    const bytes = this.#countsBytes ? message.wireSize : 0;
    const { seq, deliverySeq } = message;
    const effects = this.#engine.message(generation, bytes, seq, deliverySeq, this.#clock.now());
    if (effects === NOTHING) {
      this.#hand(message);
      this.#onProgress?.(message);
      this.#tellRation();
      return;
    }
    aroundMessage(
      effects,
      (some) => this.#perform(some),
      () => {
        if (!effects.some(({ type }) => type === "discard")) this.#hand(message);
        this.#onProgress?.(message);
      },
    );
    this.#tellRation();
  }

  onInput(input: OrderedInput): void {
    if (input.type === "status" && input.status.code === IDLE) this.#reader.ration?.onIdle();
    this.#step(input);
  }

  send(request: PullRequest, reply: string): void {
    const { context } = this.#reader;
    context.connection.publish(this.#subject, writePullRequest(request), { reply });
  }

  onRefused(error: NatsError): void {
    if (error.code === "PUBLISH_DENIED" && error.subject !== this.#subject) return;
    this.#end({ reason: "failed", error });
  }

  /** How far it has come; undefined before it starts. */
  get place(): OrderedPlace | undefined {
    return this.#state === "idle" ? undefined : this.#engine.place;
  }

  /** Where the consumer in use is asked. */
  get #subject(): string {
    const { context, series } = this.#reader;
    return `${context.prefix}.CONSUMER.MSG.NEXT.${series.stream}.${series.current?.name}`;
  }

  #hand(message: JetStreamMessage): void {
    if (message.pending === 0) this.#engine.place.caughtUp();
    this.#departures.arrived();
    this.#reader.series.progress.arrived();
    this.#listener.onMessage(message, Infinity);
  }

  #step(input: OrderedInput): void {
    if (this.#state !== "running") return;
    this.#perform(this.#engine.step(input));
    this.#tellRation();
  }

  #tellRation(): void {
    const { ration } = this.#reader;
    if (ration === undefined || this.#state !== "running") return;
    const { owed, held, wished, received } = this.#engine.ledger;
    ration.onChange(owed, held, wished, received);
  }

  #perform(effects: readonly OrderedEffect[]): void {
    for (const effect of effects) {
      if (this.#state === "ended") return;
      this.#do(effect);
    }
  }

  #do(effect: OrderedEffect): void {
    switch (effect.type) {
      case "discard":
        break;
      case "create":
        void this.#create(effect);
        break;
      case "reset":
        this.#listener.onEvent({ ...effect, consumer: this.#named.name });
        break;
      case "event":
        this.#listener.onEvent(consumeEvent(this.#named, effect.event));
        break;
      case "end":
        this.#end(sourceEnd(effect.end, this.#named, this.#port.hasAllCome), effect.clean);
        break;
      case "subscribe":
      case "unsubscribe":
      case "pull":
      case "wake":
      case "withdraw":
        this.#port.do(effect);
        break;
    }
  }

  async #create(effect: Create): Promise<void> {
    this.#wanted = effect;
    const result = await createOrdered(this.#reader, effect, {
      isWanted: () => this.#wanted === effect,
      superseded: (from) => this.#superseded(from),
    });
    const { progress } = this.#reader.series;
    if (this.#state === "running") {
      this.#step({ type: "created", at: performance.now(), check: effect.check, result });
      if (result.found) this.#onProgress?.(undefined);
    } else if (!progress.isReading) {
      // The reading ended meanwhile, and it is nobody's.
      this.#reader.series.remove();
    }
  }

  /** Looked up once, and for as long as it takes, though the link is lost meanwhile. */
  async #superseded(from: DeliverPolicy): Promise<ReadonlySet<number>> {
    if (this.#lookUp === undefined) {
      const aborter = new AbortController();
      const found = this.#reader.superseded!(from, aborter.signal, (event) => this.#listener.onEvent(event));
      this.#lookUp = { found, aborter };
    }
    try {
      return await this.#lookUp.found;
    } finally {
      this.#lookUp = undefined;
    }
  }

  get #named(): { readonly stream: string; readonly name: string } {
    const { stream, current } = this.#reader.series;
    return { stream, name: current?.name ?? "" };
  }

  /** `isClean`: no pull can be open at the server. */
  #end(end: SourceEnd, isClean = false): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#wanted = undefined;
    this.#lookUp?.aborter.abort();
    this.#port.close(false, 0);
    this.#reader.series.progress.end(this.#engine.place, isClean && end.reason === "enough");
    const { ration } = this.#reader;
    if (ration !== undefined) void this.#port.gone.then(() => ration.close());
    this.#listener.onEnd(end);
  }
}
