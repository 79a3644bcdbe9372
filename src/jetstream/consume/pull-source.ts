import type { NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { JetStreamMessage } from "../message/jetstream-message.ts";
import { aroundMessage } from "./around-message.ts";
import { checkConsumer, troubleIn } from "./consumer-check.ts";
import { type Departures, departuresOf } from "./departures.ts";
import { pinBytes, pinIn } from "./pin.ts";
import { PullEngine } from "./engine/pull-engine.ts";
import {
  type CheckResult,
  NOTHING,
  type PullEffect,
  type PullEngineFace,
  type PullFailure,
  type PullInput,
  type PullRequest,
  type PullSettings,
} from "./engine/pull-engine-types.ts";
import { NO_FACTS, type PullFacts, pullFacts } from "./pull-facts.ts";
import { consumeEvent } from "./pull-failure.ts";
import type { PullLanes } from "./pull-lanes.ts";
import { PullPort, type PullPortHost } from "./pull-port.ts";
import { writePullRequest } from "./engine/pull-request.ts";
import { type PulledConsumer, pullSubject } from "./pulled-consumer.ts";
import { sourceEnd } from "./source-end.ts";
import type { Source, SourceEnd, SourceListener } from "./source.ts";
import { TurnClock } from "./turn-clock.ts";
import { Unsettled } from "./unsettled.ts";

/** What a {@link PullSource} is to do, but for what only the server and the lane know. */
export type AskedPulls = Omit<PullSettings, "limits" | "firstPull" | "random">;

export interface PullSourceOptions {
  readonly asked: AskedPulls;
  /** Whether the consumer's configuration is asked for, unless it is known, before the first pull. */
  readonly needsFacts: boolean;
  /** Throws `PULL_REFUSED` for what was asked for by name and is more than the consumer allows. */
  readonly check?: ((facts: PullFacts) => void) | undefined;
  /** Lanes of the handle that may be used; without them it makes its own. */
  readonly lanes?: PullLanes | undefined;
  /** Makes the consumer anew; without it none is. Never rejects. */
  readonly recreate?: (fromSeq: number | undefined) => Promise<CheckResult>;
  /** Is acked by the first pull. */
  readonly acked?: JetStreamMessage | undefined;
}

const NOT_MADE: CheckResult = { found: false, failed: true };

type State = "idle" | "asking" | "running" | "ended";

/** The messages of a pull consumer: what the {@link PullEngine} decides is done here. */
export class PullSource implements Source<JetStreamMessage>, PullPortHost {
  readonly lanes: PullLanes | undefined;
  readonly #consumer: PulledConsumer;
  readonly #options: PullSourceOptions;
  readonly #port: PullPort;
  readonly #subject: string;
  readonly #clock = new TurnClock();
  readonly #departures: Departures;
  readonly #countsBytes: boolean;
  readonly #hasPriority: boolean;
  /** Where a consumer that is made anew has to begin. */
  readonly #unsettled: Unsettled | undefined;
  #streamWasGone = false;
  #acked: JetStreamMessage | undefined;
  #engine!: PullEngineFace;
  #facts: PullFacts = NO_FACTS;
  #listener!: SourceListener<JetStreamMessage>;
  #state: State = "idle";
  /** Messages that came when nobody wanted them any more. */
  #late = 0;

  constructor(consumer: PulledConsumer, options: PullSourceOptions) {
    const { asked, acked, lanes } = options;
    this.lanes = lanes;
    this.#consumer = consumer;
    this.#options = options;
    this.#acked = acked;
    this.#subject = pullSubject(consumer);
    this.#port = new PullPort(consumer.context.connection, this);
    this.#departures = departuresOf(asked);
    this.#countsBytes = asked.capacityBytes !== Infinity;
    this.#hasPriority = asked.priority !== undefined;
    this.#unsettled = asked.onMissing.consumer === "recreate" ? new Unsettled() : undefined;
  }

  get redelivers(): boolean {
    return this.#consumer.redelivers;
  }

  start(listener: SourceListener<JetStreamMessage>): void {
    this.#listener = listener;
    const { cachedInfo } = this.#consumer;
    if (cachedInfo !== undefined || !this.#options.needsFacts) this.#begin();
    else void this.#learn();
  }

  async #learn(): Promise<void> {
    this.#state = "asking";
    let trouble: PullFailure | undefined;
    try {
      await this.#consumer.info();
    } catch (thrown) {
      // The pull will tell what is wrong, or it is put right meanwhile.
      trouble = troubleIn(thrown);
    }
    if (this.#state === "asking") this.#begin(trouble);
  }

  #begin(trouble?: PullFailure): void {
    const { asked, check } = this.#options;
    this.#readFacts();
    try {
      check?.(this.#facts);
    } catch (thrown) {
      this.#end({ reason: "failed", error: thrown as NatsError });
      return;
    }
    const { connected, firstPull } = this.#port.open();
    const { limits } = this.#facts;
    const isKnown = this.#consumer.context.api.hasAnswered;
    this.#engine = new PullEngine({ ...asked, limits, isKnown, firstPull, random: Math.random });
    this.#state = "running";
    this.#step({ type: "start", at: performance.now(), connected, trouble });
  }

  taken(message: JetStreamMessage): void {
    if (this.#state === "running" && this.#departures.left(this.#bytesOf(message))) this.#tellTaken();
  }

  #tellTaken(): void {
    const { messages, bytes } = this.#departures;
    this.#departures.clear();
    const effects = this.#engine.taken(messages, bytes, this.#clock.now());
    if (effects !== NOTHING) this.#perform(effects);
  }

  dropped(message: JetStreamMessage): void {
    if (this.#state !== "running") return;
    this.#departures.dropped();
    this.#tellTaken();
    this.#step({ type: "dropped", messages: 1, bytes: this.#bytesOf(message), at: performance.now() });
  }

  giveBack(message: JetStreamMessage): void {
    if (!message.isOpen) return;
    try {
      message.nak();
    } catch {
      // Nothing can be sent: it comes again after its ack wait.
    }
  }

  finish(): void {
    if (this.#state === "running") this.#step({ type: "drain", at: performance.now() });
    else this.#end({ reason: "drained" });
  }

  async stop(): Promise<number> {
    // It never began: there is nobody to be told.
    if (this.#state === "idle") this.#state = "ended";
    this.#step({ type: "stop", at: performance.now() });
    this.#end({ reason: "stopped" });
    await this.#port.gone;
    return this.#late;
  }

  onMessage(received: Message, generation: number): void {
    const message = new JetStreamMessage(received, this.#consumer);
    if (this.#state !== "running") {
      this.#late++;
      this.giveBack(message);
      return;
    }
    const at = this.#clock.now();
    // This throws for what is no message of a consumer, before it is booked.
    const deadline = this.#facts.deadlineOf(message, at);
    if (this.#hasPriority) this.#readPin(message, at);
    const effects = this.#engine.message(generation, this.#bytesOf(message), at);
    this.#departures.arrived();
    if (this.#unsettled !== undefined) this.#unsettled.add(message);
    if (effects === NOTHING) {
      this.#listener.onMessage(message, deadline);
      return;
    }
    aroundMessage(
      effects,
      (some) => this.#perform(some),
      () => this.#listener.onMessage(message, deadline),
    );
  }

  onInput(input: PullInput): void {
    this.#step(input);
  }

  send(request: PullRequest, reply: string): void {
    const body = writePullRequest(request);
    const acked = this.#acked;
    // JS-MSG-05
    if (acked !== undefined) acked.ackNext(body, reply);
    else this.#consumer.context.connection.publish(this.#subject, body, { reply });
    this.#acked = undefined;
  }

  onRefused(error: NatsError): void {
    // Somebody else of this connection may not publish somewhere else.
    if (error.code === "PUBLISH_DENIED" && error.subject !== this.#subject) return;
    this.#end({ reason: "failed", error });
  }

  #step(input: PullInput): void {
    if (this.#state === "running") this.#perform(this.#engine.step(input));
  }

  #perform(effects: readonly PullEffect[]): void {
    for (const effect of effects) {
      if (this.#state === "ended") return;
      this.#do(effect);
    }
  }

  #do(effect: PullEffect): void {
    switch (effect.type) {
      case "check":
        void this.#answer(effect.check, checkConsumer(this.#consumer));
        break;
      case "recreate":
        void this.#recreate(effect.check);
        break;
      case "event":
        this.#listener.onEvent(consumeEvent(this.#consumer, effect.event));
        break;
      case "end":
        this.#port.close(effect.clean, effect.nextPull);
        this.#end(sourceEnd(effect.end, this.#consumer, this.#port.hasAllCome));
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

  async #answer(check: number, result: Promise<CheckResult>): Promise<void> {
    const known = await result;
    this.#readFacts();
    if (!known.found && "missing" in known && known.missing === "stream") this.#streamWasGone = true;
    this.#step({ type: "checked", at: performance.now(), check, result: known });
  }

  async #recreate(check: number): Promise<void> {
    // In another stream of that name sequences begin anew.
    const begin = this.#streamWasGone ? undefined : this.#unsettled?.resumeAt;
    const known = (await this.#options.recreate?.(begin)) ?? NOT_MADE;
    if (known.found && this.#state === "running") {
      this.#streamWasGone = false;
      const { name, cachedInfo } = this.#consumer;
      const fromSeq = (cachedInfo?.delivered.streamSeq ?? 0) + 1;
      this.#listener.onEvent({ type: "reset", reason: "missing", consumer: name, fromSeq });
    }
    await this.#answer(check, Promise.resolve(known));
  }

  #end(end: SourceEnd): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#port.close(false, 0);
    this.#listener.onEnd(end);
  }

  /** As the server counts them, where they count. */
  #bytesOf(message: JetStreamMessage): number {
    if (!this.#countsBytes) return 0;
    return message.wireSize - (this.#hasPriority ? pinBytes(message) : 0);
  }

  #readPin(message: JetStreamMessage, at: number): void {
    const id = pinIn(message);
    if (id !== undefined) this.#step({ type: "pin", at, id });
  }

  #readFacts(): void {
    const { cachedInfo } = this.#consumer;
    if (cachedInfo !== undefined) this.#facts = pullFacts(cachedInfo);
  }
}
