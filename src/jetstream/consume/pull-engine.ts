import { BackOff } from "./back-off.ts";
import { EffectList } from "./effect-list.ts";
import { Ending, SILENT } from "./ending.ts";
import { Inquiry, type Question } from "./inquiry.ts";
import {
  type CheckResult,
  NOTHING,
  type PullEffect,
  type PullEnd,
  type PullEngineFace,
  type PullInput,
  type PullLimits,
  type PullSettings,
  type PullStatus,
} from "./pull-engine-types.ts";
import { PullLedger } from "./pull-ledger.ts";
import { REACTIONS, type ReactionHost } from "./pull-reactions.ts";
import { patienceOf, PullDemand } from "./pull-request.ts";
import { type PullState, PullStateMachine } from "./pull-state.ts";
import { statusRow } from "./pull-status.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { Troubles } from "./troubles.ts";

/** How long a pull waits after a failure, in milliseconds: least and most. */
const LEAST_PAUSE = 50;
const MOST_PAUSE = 10_000;
/** So many silences in a row make the consumer doubtful. */
const SILENCES = 2;

/**
 * Pulls messages from a consumer: decides when to ask for how many, and what each status, silence and outage means. It
 * does nothing itself. Inputs go in with their time, effects come out; the same inputs give the same effects.
 *
 * The way of a message: `message` books it in the ledger, `taken` makes room, and where there is enough of it the demand
 * says what the next pull asks for. A status is looked up (`pull-status.ts`), booked in the ledger, and answered
 * (`pull-reactions.ts`).
 */
export class PullEngine implements PullEngineFace {
  readonly #settings: PullSettings;
  readonly #ledger = new PullLedger();
  readonly #demand: PullDemand;
  readonly #ending: Ending;
  readonly #watch = new SilenceWatch();
  readonly #troubles = new Troubles();
  readonly #backOff: BackOff;
  readonly #inquiry: Inquiry;
  readonly #host: ReactionHost;
  readonly #effects = new EffectList();
  readonly #machine = new PullStateMachine();
  #generation = 0;
  #nextPull: number;
  /** The time of the `wake` that was asked for. */
  #wakeAt = Infinity;

  constructor(settings: PullSettings) {
    const { random, onMissing, firstPull } = settings;
    this.#settings = settings;
    this.#nextPull = firstPull;
    this.#demand = new PullDemand(settings, this.#ledger);
    this.#ending = new Ending(settings, this.#ledger, this.#demand);
    this.#backOff = new BackOff({ least: LEAST_PAUSE, most: MOST_PAUSE, random });
    this.#inquiry = new Inquiry(onMissing, random);
    this.#host = {
      settings,
      ledger: this.#ledger,
      demand: this.#demand,
      ending: this.#ending,
      effects: this.#effects,
      troubles: this.#troubles,
      backOff: this.#backOff,
      fail: (failure) => this.#end({ reason: "failed", failure }),
      verify: (at) => this.#doubt("check", at),
    };
  }

  get state(): PullState {
    return this.#machine.current;
  }

  /** What is asked for and here; for inspection. */
  get ledger(): Pick<PullLedger, "owed" | "owedBytes" | "held" | "heldBytes" | "open" | "settling"> {
    return this.#ledger;
  }

  step(input: PullInput): readonly PullEffect[] {
    if (input.type === "message") return this.message(input.generation, input.bytes, input.at);
    if (input.type === "taken") return this.taken(input.messages, input.bytes, input.at);
    if (this.#machine.current === "ended") return NOTHING;
    this.#take(input);
    return this.#advance(input.at);
  }

  message(generation: number, bytes: number, at: number): readonly PullEffect[] {
    if (this.#machine.current === "ended") return NOTHING;
    this.#watch.heard(at);
    this.#troubles.served();
    this.#backOff.succeeded();
    this.#inquiry.worked();
    this.#demand.served();
    const isFilled = this.#ledger.arrived(bytes, generation === this.#generation, at);
    return isFilled || this.#ending.isFetched ? this.#advance(at) : NOTHING;
  }

  taken(messages: number, bytes: number, at: number): readonly PullEffect[] {
    if (this.#machine.current === "ended" || this.#settings.kind === "fetch") return NOTHING;
    this.#ledger.left(messages, bytes, true);
    return this.#demand.isDue || this.#ending.isHandedOut ? this.#advance(at) : NOTHING;
  }

  #take(input: Exclude<PullInput, { readonly type: "message" | "taken" }>): void {
    const { at } = input;
    switch (input.type) {
      case "start":
        return this.#start(input.connected, at);
      case "status":
        return this.#status(input.generation, input.pull, input.status, at);
      case "pin":
        return this.#pinned(input.id);
      case "dropped":
        if (this.#settings.kind === "consume") this.#ledger.left(input.messages, input.bytes, false);
        return;
      case "disconnected":
        return this.#disconnected();
      case "reconnected":
        return this.#reconnected(at);
      case "tick":
        return this.#tick(at);
      case "limits":
        return this.#effects.tellAll(this.#demand.limit(input.limits));
      case "checked":
        return this.#checked(input.check, input.result, at);
      case "lost":
        return this.#doubt("recreate", at);
      case "drain":
        return this.#drain();
      case "withdrawn":
        if (this.#machine.current === "draining") this.#end({ reason: "drained" });
        return;
      case "stop":
        return this.#end({ reason: "stopped" });
    }
  }

  /** What follows by itself from where things stand: an end, a question, a pull, a timer. */
  #advance(at: number): readonly PullEffect[] {
    if (this.#machine.current !== "idle" && this.#machine.current !== "ended") {
      const end = this.#ending.reached(this.#troubles.hasWorked, at);
      if (end !== undefined) this.#end(end);
    }
    if (this.#machine.current === "verifying" && this.#inquiry.askAt <= at) this.#ask();
    if (this.#machine.current === "running") this.#refill(at);
    this.#schedule(at);
    return this.#effects.take();
  }

  #refill(at: number): void {
    if (this.#ending.isComplete || at < this.#backOff.until) return;
    const left = this.#ending.endsAt - at;
    const next = this.#demand.next(left, this.#nextPull === this.#settings.firstPull);
    if (next === undefined) return;
    const { expires, heartbeat = 0 } = next.request;
    const patience = patienceOf(heartbeat);
    const pull = this.#nextPull++;
    this.#watch.asked(heartbeat, this.#ledger.open === 0, at);
    this.#ledger.send(pull, next, at, expires ?? Math.max(0, left - patience), patience);
    this.#effects.add({ type: "pull", generation: this.#generation, pull, request: next.request });
  }

  /** Asks to be woken when something is due, unless an earlier `wake` will do: its tick asks anew. */
  #schedule(at: number): void {
    const due = this.#dueAt(at);
    if (due >= this.#wakeAt) return;
    this.#wakeAt = due;
    this.#effects.add({ type: "wake", at: due });
  }

  #dueAt(at: number): number {
    const { endsAt } = this.#ending;
    if (this.#machine.current === "paused") return endsAt;
    if (this.#machine.current === "verifying") return Math.min(this.#inquiry.askAt, endsAt);
    if (this.#machine.current !== "running") return Infinity;
    const { open, settling, deadline } = this.#ledger;
    const silence = open > 0 ? this.#watch.dueAt : Infinity;
    const end = open + settling > 0 ? Infinity : endsAt;
    const pull = this.#backOff.until > at ? this.#backOff.until : Infinity;
    return Math.min(deadline, silence, end, pull);
  }

  #tick(at: number): void {
    this.#wakeAt = Infinity;
    if (this.#machine.current !== "running") return;
    this.#ledger.expire(at);
    // At its end a fetch waits for its status, however silent the server was before.
    if (this.#ledger.open > 0 && at < this.#ending.endsAt && this.#watch.isMissed(at)) this.#silent(at);
  }

  #silent(at: number): void {
    if (this.#settings.kind === "fetch") return this.#end({ reason: "failed", failure: SILENT });
    this.#effects.tell({ type: "heartbeatsMissed", count: this.#watch.misses });
    this.#ledger.writeOff();
    if (this.#watch.misses >= SILENCES) this.#doubt("check", at);
  }

  #start(isConnected: boolean, at: number): void {
    this.#ending.begin(at);
    this.#effects.tellAll(this.#demand.limit(this.#settings.limits));
    this.#machine.move(isConnected ? "running" : "paused");
    if (isConnected) this.#subscribe();
  }

  /** A new reply subject: pulls that the server may still hold for the old one lose their listener, and end. */
  #subscribe(): void {
    this.#generation += 1;
    this.#effects.add({ type: "subscribe", generation: this.#generation });
  }

  #unsubscribe(): void {
    this.#effects.add({ type: "unsubscribe", generation: this.#generation });
  }

  #disconnected(): void {
    if (this.#machine.current === "draining") return this.#end({ reason: "drained" });
    if (this.#machine.current !== "running" && this.#machine.current !== "verifying") return;
    this.#machine.move("paused");
    this.#ledger.writeOff();
    this.#unsubscribe();
  }

  #reconnected(at: number): void {
    this.#disconnected();
    if (this.#machine.current !== "paused") return;
    this.#subscribe();
    this.#backOff.endPause();
    this.#watch.heard(at);
    const { question } = this.#inquiry;
    this.#machine.move(question === undefined ? "running" : "verifying");
    // After an outage many consumers have the same question: not in one moment.
    if (question !== undefined) this.#inquiry.raiseLater(question, at);
  }

  #drain(): void {
    if (this.#machine.current === "idle" || this.#machine.current === "paused")
      return this.#end({ reason: "drained" });
    if (this.#machine.current === "draining") return;
    this.#machine.move("draining");
    this.#effects.add({ type: "withdraw", generation: this.#generation });
  }

  #status(generation: number, pull: number, status: PullStatus, at: number): void {
    if (this.#machine.current !== "running" || generation !== this.#generation) return;
    const sent = this.#ledger.find(pull);
    if (sent === undefined) return;
    const { rest, reaction } = statusRow(status);
    if (reaction !== "no-responders") {
      this.#watch.heard(at);
      this.#troubles.answered();
    }
    if (reaction === "none") this.#backOff.succeeded();
    this.#ledger.book(rest, sent, status, at);
    REACTIONS[reaction](this.#host, { sent, status, at });
  }

  #pinned(id: string): void {
    const group = this.#settings.priority?.group;
    if (this.#demand.pinned(id) && group !== undefined) this.#effects.tell({ type: "pinned", group });
  }

  #doubt(question: Question, at: number): void {
    if (this.#machine.current !== "running") return;
    this.#machine.move("verifying");
    this.#ledger.writeOff();
    this.#inquiry.raise(question, at);
  }

  #ask(): void {
    const { question } = this.#inquiry;
    if (question !== undefined) this.#effects.add({ type: question, check: this.#inquiry.ask() });
  }

  #checked(check: number, result: CheckResult, at: number): void {
    if (this.#machine.current !== "verifying") return;
    const verdict = this.#inquiry.answer(check, result, at);
    switch (verdict?.next) {
      case "pull":
        return this.#found(verdict.isNew, verdict.limits, at);
      case "try":
        this.#backOff.failed(at);
        return this.#machine.move("running");
      case "wait":
        if (verdict.missing !== undefined) this.#effects.tell({ type: "missing", what: verdict.missing });
        return;
      case "fail":
        return this.#end({ reason: "failed", failure: verdict.failure });
      case undefined:
    }
  }

  #found(isNew: boolean, limits: PullLimits | undefined, at: number): void {
    this.#machine.move("running");
    this.#troubles.found();
    if (limits !== undefined) this.#effects.tellAll(this.#demand.limit(limits));
    if (isNew) {
      this.#unsubscribe();
      this.#subscribe();
      this.#backOff.endPause();
    } else if (this.#watch.misses >= SILENCES) {
      // It is there, and silent: the server stalls. Asking faster won't help it.
      this.#backOff.failed(at);
    }
  }

  #end(end: PullEnd): void {
    if (this.#machine.current === "ended") return;
    this.#machine.move("ended");
    const isOrderly = end.reason === "enough" || end.reason === "dry" || end.reason === "expired";
    const clean = isOrderly && this.#ledger.isClean;
    this.#effects.add({ type: "end", end, clean, nextPull: this.#nextPull });
  }
}
