import { type Awaited, nextDue } from "./next-due.ts";
import { NextWake } from "./next-wake.ts";
import { BackOff } from "./back-off.ts";
import { EffectList } from "./effect-list.ts";
import { Ending, SILENT } from "./ending.ts";
import { Inquiry } from "./inquiry.ts";
import { PassingFailures } from "./passing-failures.ts";
import { PullChannel } from "./pull-channel.ts";
import {
  type CheckResult,
  NOTHING,
  type PullEffect,
  type PullEnd,
  type PullEngineFace,
  type PullFailure,
  type PullInput,
  type PullLimits,
  type PullSettings,
  type PullStatus,
  type Why,
} from "./pull-engine-types.ts";
import { type Account, PullLedger } from "./pull-ledger.ts";
import { REACTIONS, type ReactionHost } from "./pull-reactions.ts";
import { PullDemand } from "./pull-request.ts";
import { type PullState, PullStateMachine } from "./pull-state.ts";
import { statusRow } from "./pull-status.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { Troubles } from "./troubles.ts";

/** So many silences in a row make the consumer doubtful. */
const SILENCES = 2;

/** The inputs that are neither a message nor its hand-out: those have doors of their own, for there are many. */
type Rare = Exclude<PullInput, { readonly type: "message" | "taken" }>;
type Take<Input> = (engine: PullEngine, input: Input) => void;
type Takes = { readonly [T in Rare["type"]]: Take<Extract<PullInput, { readonly type: T }>> };

/**
 * Pulls messages from a consumer: decides when to ask for how many, and what each status, silence and outage means. It does
 * nothing itself: inputs go in with their time, effects come out; the same inputs give the same effects.
 *
 * `message` books a message in the ledger, `taken` makes room, and where there is enough of it the demand says what the next
 * pull asks for. A status is looked up (`pull-status.ts`), booked in the ledger, and answered (`pull-reactions.ts`).
 */
export class PullEngine implements PullEngineFace {
  static readonly #takes: Takes = {
    start: (engine, { connected, trouble, at }) => engine.#start(connected, trouble, at),
    status: (engine, { generation, pull, status, at }) => engine.#status(generation, pull, status, at),
    pin: (engine, { id }) => engine.#effects.tellAll(engine.#demand.pinned(id)),
    limits: (engine, { limits }) => engine.#effects.tellAll(engine.#demand.limit(limits)),
    discarded: (engine, { generation, bytes, at }) => engine.#discarded(generation, bytes, at),
    dropped: (engine, { messages, bytes }) => {
      // A fetch has had the message, whatever became of it.
      if (engine.#settings.kind === "consume") engine.#ledger.left(messages, bytes, false);
    },
    disconnected: (engine, { at }) => engine.#leaveLink(at, true),
    reconnected: (engine, { at }) => engine.#reconnected(at),
    tick: (engine, { at }) => engine.#tick(at),
    checked: (engine, { check, result, at }) => engine.#checked(check, result, at),
    granted: (engine, { messages }) => engine.#demand.grant(messages),
    lost: (engine, { at }) => engine.#doubt("lost", at),
    drain: (engine) => engine.#drain(),
    withdrawn: (engine) => {
      if (engine.state === "draining") engine.#end({ reason: "drained" });
    },
    stop: (engine) => engine.#end({ reason: "stopped" }),
  };

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
  readonly #nextWake = new NextWake(this.#effects);
  readonly #failures = new PassingFailures(this.#effects);
  readonly #channel: PullChannel;
  readonly #awaited: Awaited;
  readonly #machine = new PullStateMachine();

  constructor(settings: PullSettings) {
    const { random, onMissing, ownConsumer, isKnown = ownConsumer?.isMade } = settings;
    this.#settings = settings;
    this.#demand = new PullDemand(settings, this.#ledger);
    this.#ending = new Ending(settings, this.#ledger, this.#demand);
    // Milliseconds that a pull waits after a failure.
    this.#backOff = new BackOff({ least: 50, most: 10_000, random });
    this.#inquiry = new Inquiry(onMissing, random, isKnown);
    const parts = {
      settings,
      ledger: this.#ledger,
      demand: this.#demand,
      ending: this.#ending,
      effects: this.#effects,
      troubles: this.#troubles,
      watch: this.#watch,
      backOff: this.#backOff,
    };
    this.#channel = new PullChannel(parts);
    this.#awaited = { ...parts, inquiry: this.#inquiry };
    this.#host = {
      ...parts,
      failures: this.#failures,
      fail: (failure) => this.#end({ reason: "failed", failure }),
      verify: (at) => this.#doubt("missing", at),
    };
  }

  get state(): PullState {
    return this.#machine.current;
  }

  /** Of the subscription in use. */
  get generation(): number {
    return this.#channel.generation;
  }

  /** What is wished for, asked for and here. */
  get ledger(): Account {
    return this.#ledger;
  }

  step(input: PullInput): readonly PullEffect[] {
    if (input.type === "message") return this.message(input.generation, input.bytes, input.at);
    if (input.type === "taken") return this.taken(input.messages, input.bytes, input.at);
    if (this.state === "ended") return NOTHING;
    const take = PullEngine.#takes[input.type] as Take<PullInput>;
    take(this, input);
    return this.#advance(input.at);
  }

  message(generation: number, bytes: number, at: number): readonly PullEffect[] {
    if (this.state === "ended") return NOTHING;
    this.#watch.heard(at);
    this.#troubles.served();
    this.#backOff.succeeded();
    this.#inquiry.worked();
    this.#demand.served();
    const isFilled = this.#ledger.arrived(bytes, generation === this.#channel.generation, at);
    const hasRecovered = this.#failures.isOpen && this.#failures.passed(at);
    return isFilled || hasRecovered || this.#ending.isFetched ? this.#advance(at) : NOTHING;
  }

  taken(messages: number, bytes: number, at: number): readonly PullEffect[] {
    if (this.state === "ended" || this.#settings.kind === "fetch") return NOTHING;
    this.#ledger.left(messages, bytes, true);
    return this.#demand.isDue || this.#ending.isHandedOut ? this.#advance(at) : NOTHING;
  }

  /** What follows by itself from where things stand: an end, a question, a pull, a timer. */
  #advance(at: number): readonly PullEffect[] {
    if (this.state !== "idle" && this.state !== "ended") {
      const end = this.#ending.reached(this.#troubles.hasWorked, at);
      if (end !== undefined) this.#end(end);
    }
    if (this.state === "verifying" && this.#inquiry.askAt <= at) this.#effects.add(this.#inquiry.ask());
    const mayPull = this.state === "running" && !this.#ending.isComplete && at >= this.#backOff.until;
    if (mayPull) this.#channel.pull(at, this.#ending.endsAt);
    this.#nextWake.set(nextDue(this.state, this.#awaited, at));
    return this.#effects.take();
  }

  #tick(at: number): void {
    this.#nextWake.rang();
    if (this.state !== "running") return;
    this.#ledger.expire(at);
    // At its end a fetch waits for its status, however silent the server was before.
    if (this.#ledger.open > 0 && at < this.#ending.endsAt && this.#watch.isMissed(at)) this.#silent(at);
  }

  #silent(at: number): void {
    if (this.#settings.kind === "fetch") return this.#end({ reason: "failed", failure: SILENT });
    this.#effects.tell({ type: "heartbeatsMissed", count: this.#watch.misses });
    this.#ledger.writeOff();
    if (this.#watch.misses >= SILENCES) this.#doubt("silent", at);
  }

  #start(isConnected: boolean, trouble: PullFailure | undefined, at: number): void {
    this.#failures.failed(trouble, at, at);
    this.#ending.begin(at);
    this.#effects.tellAll(this.#demand.limit(this.#settings.limits));
    if (this.#settings.ownConsumer?.isMade === false) this.#inquiry.raise("recreate", "new", at);
    if (isConnected) this.#go();
    else this.#machine.move("paused");
  }

  /** There is a link: pulls can be sent, or a question asked that is open. */
  #go(): void {
    const { question } = this.#inquiry;
    this.#machine.move(question === undefined ? "running" : "verifying");
    // A new consumer begins a new generation anyway.
    if (question !== "recreate") this.#channel.open();
  }

  /** `isCut`: nothing of what was on its way comes any more. A consumer without acks won't send it again, nor tell before its heartbeat. */
  #leaveLink(at: number, isCut: boolean): void {
    if (this.state === "draining") return this.#end({ reason: "drained" });
    if (this.state !== "running" && this.state !== "verifying") return;
    const hasLost = isCut && this.#settings.ownConsumer !== undefined && this.#ledger.open > 0;
    this.#machine.move("paused");
    this.#ledger.writeOff();
    this.#channel.close();
    if (hasLost) this.#inquiry.raise("recreate", "cut", at);
  }

  #reconnected(at: number): void {
    this.#leaveLink(at, false);
    if (this.state !== "paused") return;
    this.#backOff.endPause();
    this.#watch.heard(at);
    // After an outage many consumers have the same question: not in one moment.
    this.#inquiry.onLink(at);
    this.#go();
  }

  #discarded(generation: number, bytes: number, at: number): void {
    this.#watch.heard(at);
    if (generation === this.#channel.generation) this.#ledger.discarded(bytes);
  }

  #drain(): void {
    if (this.state === "draining") return;
    if (!this.#channel.isOpen) return this.#end({ reason: "drained" });
    this.#machine.move("draining");
    this.#effects.add({ type: "withdraw", generation: this.#channel.generation });
  }

  #status(generation: number, pull: number, status: PullStatus, at: number): void {
    if (this.state !== "running" || generation !== this.#channel.generation) return;
    const sent = this.#ledger.find(pull);
    if (sent === undefined) return;
    const { rest, reaction } = statusRow(status);
    if (reaction !== "no-responders") {
      this.#watch.heard(at);
      this.#troubles.answered();
      this.#failures.passed(at);
    }
    if (reaction === "none") {
      this.#backOff.succeeded();
      this.#inquiry.worked();
    }
    this.#ledger.book(rest, sent, status, at);
    REACTIONS[reaction](this.#host, { sent, status, at });
  }

  /** Nothing is asked for until the consumer is known to be well. One of its own an engine makes anew without asking. */
  #doubt(why: Why, at: number): void {
    if (this.state !== "running") return;
    this.#machine.move("verifying");
    this.#ledger.writeOff();
    const isUseless = why === "lost" || this.#settings.ownConsumer !== undefined;
    this.#inquiry.raise(isUseless ? "recreate" : "check", why, at);
  }

  #checked(check: number, result: CheckResult, at: number): void {
    if (this.state !== "verifying") return;
    const verdict = this.#inquiry.answer(check, result, at, this.#troubles.hasWorked);
    if (verdict === undefined) return;
    this.#troubles.checked(verdict.next === "pull");
    switch (verdict.next) {
      case "pull":
        return this.#found(verdict.isNew, verdict.limits, at);
      case "try":
        this.#backOff.failed(at);
        this.#machine.move("running");
        return this.#failures.failed(verdict.failure, this.#backOff.until, at);
      case "wait":
        if (verdict.missing !== undefined) this.#effects.tell({ type: "missing", what: verdict.missing });
        return this.#failures.failed(verdict.failure, this.#inquiry.askAt, at);
      case "fail":
        return this.#end({ reason: "failed", failure: verdict.failure });
    }
  }

  #found(isNew: boolean, limits: PullLimits | undefined, at: number): void {
    this.#machine.move("running");
    this.#failures.answered(at);
    if (limits !== undefined) this.#effects.tellAll(this.#demand.limit(limits));
    if (isNew) {
      this.#channel.open();
      this.#backOff.endPause();
    } else if (this.#watch.misses >= SILENCES) {
      // It is there, and silent: the server stalls. Asking faster won't help it.
      this.#backOff.failed(at);
    }
  }

  #end(end: PullEnd): void {
    if (this.state === "ended") return;
    this.#machine.move("ended");
    const isOrderly = end.reason === "enough" || end.reason === "dry" || end.reason === "expired";
    const clean = isOrderly && this.#ledger.isClean;
    const told = this.#failures.explained(end);
    this.#effects.add({ type: "end", end: told, clean, nextPull: this.#channel.nextPull });
  }
}
