import { OrderedEngine } from "../../../../src/jetstream/consume/engine/ordered-engine.ts";
import type {
  CreateResult,
  DeliverPolicy,
  OrderedEffect,
  OrderedInput,
} from "../../../../src/jetstream/consume/engine/ordered-engine-types.ts";
import type { PullEnd, PullStatus } from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import { type Delivery, ModelServer, type ReplyTo } from "./model-server.ts";
import { VirtualTime } from "./virtual-time.ts";
import { CONSUME } from "./world.ts";

type Without<T> = T extends unknown ? Omit<T, "at"> : never;
type Create = Extract<OrderedEffect, { readonly type: "create" }>;

/** Milliseconds on the wire, each way. */
const LATENCY = 1;

/** An ordered reader, its link, a stream at the other end, and one who takes each message as it comes. */
export class OrderedWorld {
  readonly time = new VirtualTime();
  readonly server: ModelServer;
  readonly engine: OrderedEngine;
  /** What was handed out, by stream sequence. */
  readonly output: number[] = [];
  readonly creates: Create[] = [];
  readonly resets: Extract<OrderedEffect, { readonly type: "reset" }>[] = [];
  end: PullEnd | undefined;
  isConnected = true;
  /** So many of the next messages are lost on the wire. */
  losses = 0;
  /** Whether creations fail. */
  refuses = false;
  streamExists = true;
  /** When the stream was made. */
  streamMadeAt = 0;
  /** The last sequence at the time of the last snapshot of "last-per-subject". */
  snapshot = 0;
  readonly #interest = new Set<number>();
  #callOffWake: (() => void) | undefined;
  #link = 0;

  constructor(deliverPolicy: DeliverPolicy, capacity = 10) {
    const client = {
      hasInterest: (generation: number) => this.isConnected && this.#interest.has(generation),
      onDelivery: (delivery: Delivery) => this.#onWire(() => this.#deliver(delivery)),
      onStatus: (reply: ReplyTo, status: PullStatus) =>
        this.#onWire(() => {
          if (this.#interest.has(reply.generation)) this.input({ type: "status", ...reply, status });
        }),
    };
    this.server = new ModelServer(this.time, client, { acks: false });
    this.server.exists = false;
    const pull = { ...CONSUME, capacity, onMissing: { consumer: "fail", stream: "wait" } } as const;
    this.engine = new OrderedEngine({ pull, deliverPolicy });
  }

  start(): this {
    this.input({ type: "start", connected: this.isConnected });
    return this;
  }

  pass(milliseconds: number): this {
    this.time.pass(milliseconds);
    return this;
  }

  input(input: Without<OrderedInput>): void {
    this.#perform(this.engine.step({ ...input, at: this.time.now }));
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

  #onWire(happen: () => void): void {
    const link = this.#link;
    this.time.plan(this.time.now + LATENCY, () => {
      if (this.isConnected && link === this.#link) happen();
    });
  }

  #deliver({ generation, bytes, streamSeq, deliverySeq }: Delivery): void {
    if (this.losses > 0) {
      this.losses -= 1;
      return;
    }
    const effects = this.engine.message(generation, bytes, streamSeq, deliverySeq, this.time.now);
    if (!effects.some(({ type }) => type === "discard")) {
      this.output.push(streamSeq);
      this.#perform(effects);
      this.#perform(this.engine.taken(1, bytes, this.time.now));
    } else this.#perform(effects);
  }

  #perform(effects: readonly OrderedEffect[]): void {
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: OrderedEffect): void {
    switch (effect.type) {
      case "subscribe":
        this.#interest.add(effect.generation);
        return;
      case "unsubscribe":
        this.#interest.delete(effect.generation);
        return;
      case "pull": {
        const { generation, pull, request } = effect;
        return this.#onWire(() => this.server.pull(request, { generation, pull }));
      }
      case "wake":
        this.#callOffWake?.();
        this.#callOffWake = this.time.plan(effect.at, () => this.input({ type: "tick" }));
        return;
      case "create":
        this.creates.push(effect);
        return this.#create(effect);
      case "reset":
        this.resets.push(effect);
        return;
      case "end":
        this.end = effect.end;
        this.#callOffWake?.();
        return;
      case "discard":
      case "event":
      case "withdraw":
    }
  }

  #create(create: Create): void {
    const { check } = create;
    const answer = (result: CreateResult): void => this.input({ type: "created", check, result });
    const link = this.#link;
    this.time.plan(this.time.now + LATENCY, () => {
      if (!this.isConnected || link !== this.#link || this.refuses)
        return answer({ found: false, failed: true });
      if (!this.streamExists) return answer({ found: false, missing: "stream" });
      const { policy, isLookedUp, ...told } = this.#beginningOf(create);
      if (policy === "last-per-subject" || isLookedUp) this.snapshot = this.server.lastSeq;
      const begun = this.server.begin(policy);
      const superseded = isLookedUp ? this.server.superseded : undefined;
      this.#onWire(() => answer({ found: true, ...begun, ...told, superseded }));
    });
  }

  #beginningOf({ deliverPolicy, elsewhere, behind, isStuck }: Create) {
    const plain = { policy: deliverPolicy, isOtherStream: false, isResumed: false, isLookedUp: false };
    if (elsewhere !== undefined && this.streamMadeAt > elsewhere.after)
      return { ...plain, policy: elsewhere.deliverPolicy, isOtherStream: true };
    if (behind === undefined) return plain;
    if (this.server.keepsOneOfEach) return { ...plain, policy: behind, isResumed: true };
    return isStuck ? { ...plain, policy: behind, isLookedUp: true } : plain;
  }
}
