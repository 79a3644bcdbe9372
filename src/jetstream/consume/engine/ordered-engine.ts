import type { ResetReason } from "../events.ts";
import type {
  CreateResult,
  OrderedEffect,
  OrderedEngineFace,
  OrderedInput,
  OrderedSettings,
} from "./ordered-engine-types.ts";
import { OrderedPlace } from "./ordered-place.ts";
import { PullEngine } from "./pull-engine.ts";
import { NOTHING, type PullEffect, type PullStatus, type Why } from "./pull-engine-types.ts";

const REASONS: Readonly<Record<Exclude<Why, "lost">, ResetReason>> = {
  missing: "missing",
  silent: "heartbeats",
  cut: "reconnected",
  // The first consumer is no reset.
  new: "missing",
};

/**
 * Reads a stream in order, without gaps and repeats, whatever happens to the consumers that serve it. A {@link PullEngine}
 * pulls, and has a consumer made when there is none; this one watches the order, says how a new consumer has to begin
 * ({@link OrderedPlace}), and gives up one that has lost something.
 */
export class OrderedEngine implements OrderedEngineFace {
  readonly place: OrderedPlace;
  readonly #pull: PullEngine;
  /** Messages of generations before this one are of an older consumer. */
  #generation = 0;
  /** The number of the `create` whose answer counts. */
  #check = 0;
  /** Nothing was lost: this engine begins with it. */
  #isFirst = true;
  #reason: ResetReason = "missing";
  /** The consumer counts from the start again: its server has lost it, and the stream's messages with it, maybe. */
  #hasTurnedBack = false;
  /** Where what the consumer lost was noticed. */
  #loss: ResetReason = "gap";

  constructor({ pull, deliverPolicy, place }: OrderedSettings) {
    this.place = place ?? new OrderedPlace(deliverPolicy);
    this.#pull = new PullEngine({
      ...pull,
      onMissing: { ...pull.onMissing, consumer: "recreate" },
      ownConsumer: { isMade: this.place.hasConsumer },
    });
  }

  get ledger(): OrderedEngineFace["ledger"] {
    return this.#pull.ledger;
  }

  step(input: OrderedInput): readonly OrderedEffect[] {
    if (input.type === "message") {
      return this.message(input.generation, input.bytes, input.streamSeq, input.deliverySeq, input.at);
    }
    if (input.type === "created") return this.#created(input.check, input.result, input.at);
    if (input.type === "status") return this.#status(input, input.generation, input.status, input.at);
    return this.#translate(this.#pull.step(input));
  }

  message(
    generation: number,
    bytes: number,
    streamSeq: number,
    deliverySeq: number,
    at: number,
  ): readonly OrderedEffect[] {
    const found = generation < this.#generation ? "told" : this.place.arrived(streamSeq, deliverySeq);
    if (found === "next") return this.#translate(this.#pull.message(generation, bytes, at));
    const effects = this.#translate(this.#pull.step({ type: "discarded", generation, bytes, at }));
    if (found === "back") this.#hasTurnedBack = true;
    const lost = found === "told" ? NOTHING : this.#lost("gap", at);
    return [{ type: "discard" }, ...effects, ...(lost as readonly OrderedEffect[])];
  }

  taken(messages: number, bytes: number, at: number): readonly OrderedEffect[] {
    return this.#translate(this.#pull.taken(messages, bytes, at));
  }

  /** A consumer without acks delivers a message once: what a heartbeat counts and is not here has been lost. */
  #status(
    input: Extract<OrderedInput, { readonly type: "status" }>,
    generation: number,
    { code, lastConsumer }: PullStatus,
    at: number,
  ): readonly OrderedEffect[] {
    const effects = this.#translate(this.#pull.step(input));
    const isOfConsumer = code === 100 && generation >= this.#generation && lastConsumer !== undefined;
    if (!isOfConsumer || !this.place.lacks(lastConsumer)) return effects;
    return [...effects, ...this.#lost("lost-tail", at)];
  }

  #lost(reason: ResetReason, at: number): readonly OrderedEffect[] {
    this.#loss = reason;
    return this.#translate(this.#pull.step({ type: "lost", at }));
  }

  #created(check: number, result: CreateResult, at: number): readonly OrderedEffect[] {
    if (this.#pull.state !== "verifying" || check !== this.#check) return NOTHING as readonly OrderedEffect[];
    const isReset = this.place.isMade && !this.#isFirst;
    if (result.found) {
      this.place.began(result);
      this.#hasTurnedBack = false;
    }
    const effects = this.#pull.step({
      type: "checked",
      check,
      at,
      result: result.found ? { found: true } : result,
    });
    if (!result.found) return this.#translate(effects);
    this.#generation = this.#pull.generation;
    const reset: OrderedEffect = { type: "reset", reason: this.#reason, fromSeq: this.place.cursor + 1 };
    return isReset ? [reset, ...this.#translate(effects)] : this.#translate(effects);
  }

  #translate(effects: readonly PullEffect[]): readonly OrderedEffect[] {
    // Most inputs have no effects, and most others none that is another one here.
    if (effects === NOTHING) return NOTHING as readonly OrderedEffect[];
    return effects.map((effect) => {
      if (effect.type === "recreate") return this.#create(effect.check, effect.why);
      return effect as OrderedEffect;
    });
  }

  #create(check: number, why: Why): OrderedEffect {
    this.#check = check;
    this.#isFirst = why === "new";
    this.#reason = why === "lost" ? this.#loss : REASONS[why];
    const { created, reached, policy, policyElsewhere, policyBehind, isStuck } = this.place;
    // A consumer that was lost on the way was there a moment ago, and so was its stream.
    const mayBeElsewhere = created !== undefined && (why !== "lost" || this.#hasTurnedBack);
    const elsewhere = mayBeElsewhere
      ? { after: created, reached, deliverPolicy: policyElsewhere }
      : undefined;
    const behind = policy === "last-per-subject" ? policyBehind : undefined;
    return { type: "create", check, deliverPolicy: policy, elsewhere, behind, isStuck };
  }
}
