import { PullEngine } from "../../../../src/jetstream/consume/engine/pull-engine.ts";
import type {
  PullEffect,
  PullEnd,
  PullEvent,
  PullInput,
  PullRequest,
  PullSettings,
  PullStatus,
} from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import { NO_LIMITS } from "../../../../src/jetstream/consume/engine/pull-request.ts";
import { type Delivery, type ModelOptions, ModelServer, type ReplyTo } from "./model-server.ts";
import { VirtualTime } from "./virtual-time.ts";

export const CONSUME: PullSettings = {
  kind: "consume",
  capacity: 10,
  capacityBytes: Infinity,
  threshold: 0.5,
  stopAfter: Infinity,
  expires: 30_000,
  heartbeat: 15_000,
  noWait: false,
  timeout: 5000,
  priority: undefined,
  onMissing: { consumer: "fail", stream: "fail" },
  limits: NO_LIMITS,
  firstPull: 1,
  random: () => 0.5,
};

export const FETCH: PullSettings = {
  ...CONSUME,
  kind: "fetch",
  threshold: 0,
  expires: 5000,
  heartbeat: 2500,
};

/** A pull that was sent, and when. */
export interface PullSeen extends ReplyTo {
  readonly request: PullRequest;
  readonly at: number;
}

type Without<T> = T extends unknown ? Omit<T, "at"> : never;

/** Milliseconds on the wire, each way. */
const LATENCY = 1;

/** An engine with all that is around it in the real world: a link, a consumer at the other end, one who takes messages. */
export class World {
  readonly time = new VirtualTime();
  readonly server: ModelServer;
  readonly engine: PullEngine;
  readonly pulls: PullSeen[] = [];
  readonly events: PullEvent[] = [];
  readonly statuses: { readonly reply: ReplyTo; readonly status: PullStatus }[] = [];
  /** Stream sequences, in the order in which they came and were taken. */
  readonly received: number[] = [];
  readonly taken: number[] = [];
  readonly held: Delivery[] = [];
  readonly problems: string[] = [];
  end: (PullEnd & { readonly clean: boolean }) | undefined;
  wakes = 0;
  /** Whether the one who takes messages takes each as it comes. */
  takes = true;
  isConnected = true;
  /** What a `check` or `recreate` finds; a number of milliseconds is how long it takes. */
  streamExists = true;
  /** Milliseconds that a timer comes late. */
  lateness = 0;
  /** The generations that the server knows a listener of, and those that are listened to. */
  readonly #interest = new Set<number>();
  readonly #listening = new Set<number>();
  #callOffWake: (() => void) | undefined;
  #wakeAt = Infinity;
  /** Raised with each outage: what was on the wire is lost. */
  #link = 0;

  constructor(settings: Partial<PullSettings> = {}, model: Partial<ModelOptions> = {}, base = CONSUME) {
    this.server = new ModelServer(this.time, this.#client(), model);
    this.engine = new PullEngine({ ...base, ...settings });
  }

  /** Begins, connected unless said otherwise. */
  start(connected = this.isConnected): this {
    this.isConnected = connected;
    this.input({ type: "start", connected });
    return this;
  }

  input(input: Without<PullInput>): readonly PullEffect[] {
    const effects = this.engine.step({ ...input, at: this.time.now });
    this.#perform(effects);
    return effects;
  }

  pass(milliseconds: number): this {
    this.time.pass(milliseconds);
    return this;
  }

  /** So many of the held messages are handed out and acked. */
  take(count: number): void {
    for (let i = 0; i < count; i++) {
      const delivery = this.held.shift();
      if (delivery === undefined) return;
      this.taken.push(delivery.streamSeq);
      this.#perform(this.engine.taken(1, delivery.bytes, this.time.now));
      this.#send(() => this.server.ack(delivery.streamSeq));
    }
  }

  disconnect(): void {
    if (!this.isConnected) return;
    this.isConnected = false;
    this.#link += 1;
    this.input({ type: "disconnected" });
  }

  reconnect(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.input({ type: "reconnected" });
  }

  /** Passes a status in that the server has sent before, or never. */
  spoof(reply: ReplyTo, status: PullStatus): readonly PullEffect[] {
    return this.input({ type: "status", ...reply, status });
  }

  /** So many of the held messages are dropped here. */
  drop(count: number): void {
    for (const delivery of this.held.splice(0, count))
      this.input({ type: "dropped", messages: 1, bytes: delivery.bytes });
  }

  /** Whether messages of this generation would still be heard. */
  listensTo(generation: number): boolean {
    return this.#listening.has(generation);
  }

  get openPulls(): number {
    return this.engine.ledger.open;
  }

  eventsOf(type: PullEvent["type"]): PullEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  #client() {
    return {
      hasInterest: (generation: number) => this.isConnected && this.#interest.has(generation),
      onDelivery: (delivery: Delivery) => this.#onWire(delivery.generation, () => this.#deliver(delivery)),
      onStatus: (reply: ReplyTo, status: PullStatus) =>
        this.#onWire(reply.generation, () => {
          this.statuses.push({ reply, status });
          this.spoof(reply, status);
        }),
    };
  }

  /** From the server to the client: lost with the link, or without a listener. */
  #onWire(generation: number, happen: () => void): void {
    const link = this.#link;
    if (!this.isConnected || !this.#interest.has(generation)) return;
    this.time.plan(this.time.now + LATENCY, () => {
      if (this.isConnected && link === this.#link && this.#listening.has(generation)) happen();
    });
  }

  /** From the client to the server. */
  #send(happen: () => void): void {
    const link = this.#link;
    this.time.plan(this.time.now + LATENCY, () => {
      if (this.isConnected && link === this.#link) happen();
    });
  }

  #deliver(delivery: Delivery): void {
    if (this.end !== undefined) return;
    this.received.push(delivery.streamSeq);
    this.held.push(delivery);
    if (delivery.pin !== undefined) this.input({ type: "pin", id: delivery.pin });
    this.#perform(this.engine.message(delivery.generation, delivery.bytes, this.time.now));
    if (this.takes) this.take(1);
  }

  /** Looks at the world after each input. */
  watch: () => void = () => {};

  #perform(effects: readonly PullEffect[]): void {
    for (const effect of effects) {
      if (this.end !== undefined) this.problems.push(`${effect.type} after the end`);
      this.#do(effect);
    }
    this.watch();
  }

  #do(effect: PullEffect): void {
    switch (effect.type) {
      case "subscribe":
        this.#interest.add(effect.generation);
        this.#listening.add(effect.generation);
        return;
      case "unsubscribe":
        this.#interest.delete(effect.generation);
        this.#listening.delete(effect.generation);
        return;
      case "pull":
        return this.#pull(effect.request, effect);
      case "wake":
        return this.#wake(effect.at);
      case "check":
      case "recreate":
        return this.#send(() => this.#check(effect.type === "recreate", effect.check));
      case "withdraw":
        return this.#send(() => {
          this.#interest.delete(effect.generation);
          this.time.plan(this.time.now + LATENCY, () => this.input({ type: "withdrawn" }));
        });
      case "event":
        this.events.push(effect.event);
        return;
      case "end":
        this.end = { ...effect.end, clean: effect.clean };
        this.#callOffWake?.();
    }
  }

  #pull(request: PullRequest, { generation, pull }: ReplyTo): void {
    if (!this.isConnected) this.problems.push("a pull without a link");
    if (!this.#listening.has(generation)) this.problems.push("a pull without a listener");
    this.pulls.push({ generation, pull, request, at: this.time.now });
    this.#send(() => this.server.pull(request, { generation, pull }));
  }

  #wake(at: number): void {
    if (at >= this.#wakeAt) this.problems.push("a wake that the one before would do for");
    this.wakes += 1;
    this.#callOffWake?.();
    this.#wakeAt = at;
    this.#callOffWake = this.time.plan(at + this.lateness, () => {
      this.#wakeAt = Infinity;
      this.input({ type: "tick" });
    });
  }

  #check(recreates: boolean, check: number): void {
    const answer = (): void => {
      if (!this.streamExists)
        this.input({ type: "checked", check, result: { found: false, missing: "stream" } });
      else if (recreates || this.server.exists) {
        if (recreates) this.server.create();
        this.input({ type: "checked", check, result: { found: true, limits: this.server.limits } });
      } else this.input({ type: "checked", check, result: { found: false, missing: "consumer" } });
    };
    const link = this.#link;
    this.time.plan(this.time.now + LATENCY, () => {
      if (this.isConnected && link === this.#link) answer();
      else this.input({ type: "checked", check, result: { found: false, failed: true } });
    });
  }
}
