import { parseGoDuration } from "../../go-duration.ts";
import type { PullEvent, PullLimits, PullRequest, PullSettings } from "./pull-engine-types.ts";
import type { PullLedger } from "./pull-ledger.ts";

/** A heartbeat below this many milliseconds says little; a pull too short for it has none. */
const LEAST_HEARTBEAT = 500;
/** With fewer milliseconds left, a fetch doesn't ask again. */
const WORTH_ASKING = 100;

/** A consumer of which nothing is known. */
export const NO_LIMITS: PullLimits = {
  maxBatch: Infinity,
  maxExpires: Infinity,
  maxBytes: Infinity,
  maxAckPending: Infinity,
};

/** A request, and whether a fetch asks with it for all that it wants, for all its time. */
export interface NextPull {
  readonly request: PullRequest;
  readonly isWhole: boolean;
}

/** How long the rest of a pull is waited for after its status or its time: data may come later than its status. */
export function patienceOf(heartbeat: number): number {
  return Math.min(Math.max(heartbeat, 1000), 5000);
}

/**
 * The body of a pull.
 *
 * body = JSON { batch, max_bytes, expires (ns), idle_heartbeat (ns), no_wait, group, min_pending, min_ack_pending,
 *               priority, id }
 */
export function writePullRequest(request: PullRequest): string {
  const { batch, maxBytes, expires, heartbeat, noWait, priority, pin } = request;
  return JSON.stringify({
    batch,
    max_bytes: maxBytes,
    expires: inNanoseconds(expires),
    idle_heartbeat: inNanoseconds(heartbeat),
    no_wait: noWait || undefined,
    group: priority?.group,
    min_pending: priority?.minPending,
    min_ack_pending: priority?.minAckPending,
    priority: priority?.priority,
    id: pin,
  });
}

function inNanoseconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1_000_000);
}

/** The limit that a refusal names: `Exceeded MaxRequestExpires of 1.5s`. */
export function namedLimit(text: string): number | undefined {
  const value = text.slice(text.lastIndexOf(" ") + 1);
  const limit = /^\d+$/.test(value) ? Number(value) : parseGoDuration(value);
  return limit !== undefined && limit > 0 ? limit : undefined;
}

/** Decides what the next pull asks for, if it is time for one: by what is owed and held, and what the consumer allows. */
export class PullDemand {
  readonly #settings: PullSettings;
  readonly #ledger: PullLedger;
  #limits = NO_LIMITS;
  /** What may be asked for at once. */
  #granted: number;
  /** A message needs a budget above this. */
  #tooFewBytes = 0;
  #pin: string | undefined;
  /** A message on its way may still bring the id that the server has refused. */
  #refusedPin: string | undefined;

  constructor(settings: PullSettings, ledger: PullLedger) {
    this.#settings = settings;
    this.#ledger = ledger;
    this.#granted = settings.isRationed === true ? 0 : Infinity;
  }

  /** So many may be asked for now. */
  grant(messages: number): void {
    this.#granted = Math.min(messages, this.#ledger.wished);
    this.#ledger.wished = 0;
  }

  /** What is owed or held at most: with acks the server won't send more. */
  get #capacity(): number {
    const { kind, capacity } = this.#settings;
    return kind === "fetch" ? capacity : Math.min(capacity, this.#limits.maxAckPending);
  }

  /** The largest budget that a pull can have. */
  get mostBytes(): number {
    return Math.min(this.#settings.capacityBytes, this.#limits.maxBytes);
  }

  /** Obeys these from now on. Returns what the application didn't ask for. */
  limit(limits: Partial<PullLimits>): PullEvent[] {
    const before = this.#limits;
    const now = { ...before, ...limits };
    this.#limits = now;
    const { kind, capacity, capacityBytes, expires } = this.#settings;
    const most = ({ maxBatch, maxAckPending }: PullLimits): number =>
      kind === "fetch" ? maxBatch : Math.min(maxBatch, maxAckPending);
    const events: PullEvent[] = [];
    const tell = (
      option: "capacity" | "capacityBytes" | "expires",
      asked: number,
      was: number,
      to: number,
    ) => {
      if (to < asked && to !== was) events.push({ type: "limited", option, to });
    };
    tell("capacity", capacity, most(before), most(now));
    tell("capacityBytes", capacityBytes, before.maxBytes, now.maxBytes);
    tell("expires", expires, before.maxExpires, now.maxExpires);
    return events;
  }

  /** A pull of so many bytes brought nothing, for the next message is larger. False if no pull can be larger. */
  needsMoreThan(bytes: number): boolean {
    this.#tooFewBytes = bytes;
    return bytes < this.mostBytes;
  }

  /** A message brought the id of the pinned client: this one. Returns what is new. */
  pinned(id: string): PullEvent[] {
    if (id === this.#pin || id === this.#refusedPin) return [];
    this.#pin = id;
    return this.#tellGroup("pinned");
  }

  /** The id is void. */
  unpinned(): PullEvent[] {
    this.#refusedPin = this.#pin ?? this.#refusedPin;
    this.#pin = undefined;
    return this.#tellGroup("unpinned");
  }

  #tellGroup(type: "pinned" | "unpinned"): PullEvent[] {
    const group = this.#settings.priority?.group;
    return group === undefined ? [] : [{ type, group }];
  }

  /** A message came: what it needed was enough. */
  served(): void {
    this.#tooFewBytes = 0;
  }

  /** Whether a fetch has all that it may ask for. */
  get isMet(): boolean {
    return this.#room() < 1 || this.#roomBytes() < 1;
  }

  /** Whether there is room enough for a pull. */
  get isDue(): boolean {
    return this.#isWorthAsking(this.#room(), this.#roomBytes());
  }

  #room(): number {
    const { owed, held, handedOut } = this.#ledger;
    return Math.min(this.#capacity, this.#settings.stopAfter - handedOut) - owed - held;
  }

  #roomBytes(): number {
    const { capacityBytes } = this.#settings;
    if (capacityBytes === Infinity) return Infinity;
    return capacityBytes - this.#ledger.owedBytes - this.#ledger.heldBytes;
  }

  /** How much must be free before it is worth a pull: less only if that is all that is still wanted. */
  #isWorthAsking(room: number, bytes: number): boolean {
    const { threshold, capacityBytes, stopAfter } = this.#settings;
    const { owed, held, handedOut } = this.#ledger;
    const least = Math.min(Math.ceil(this.#capacity * threshold), stopAfter - handedOut - owed - held);
    if (room < Math.max(1, least)) return false;
    if (bytes === Infinity) return true;
    return (
      bytes >= Math.max(1, Math.ceil(capacityBytes * threshold)) &&
      Math.min(bytes, this.mostBytes) > this.#tooFewBytes
    );
  }

  /** Whether the number of pulls under way allows one more: a second one spares the gap after the first. */
  get #mayOpen(): boolean {
    const { kind, capacityBytes } = this.#settings;
    // Two pulls would be served in turn: each with half of the bytes, and both ended by a message above what is left.
    const most = kind === "fetch" || capacityBytes !== Infinity ? 1 : 2;
    if (this.#ledger.open >= most) this.#ledger.presumeFilled();
    return this.#ledger.open < most;
  }

  /** What to ask for now; undefined for nothing. `left`: milliseconds until a fetch ends. */
  next(left: number, isFirst: boolean): NextPull | undefined {
    const room = this.#room();
    const bytes = this.#roomBytes();
    this.#ledger.wished = 0;
    if (!this.#isWorthAsking(room, bytes) || !this.#mayOpen) return undefined;
    const { kind, expires, noWait, priority } = this.#settings;
    if (kind === "fetch" && !isFirst && left < WORTH_ASKING) return undefined;
    if (this.#granted < 1) {
      this.#ledger.wished = room;
      return undefined;
    }
    const { maxBatch, maxBytes, maxExpires } = this.#limits;
    const waits = Math.min(expires, left);
    const batch = Math.min(room, maxBatch, this.#granted);
    this.#granted -= batch;
    const request: PullRequest = {
      batch,
      maxBytes: bytes === Infinity ? undefined : Math.min(bytes, maxBytes),
      expires: waits > 0 ? Math.min(waits, maxExpires) : undefined,
      heartbeat: this.#heartbeat(Math.min(waits, maxExpires)),
      noWait,
      priority,
      pin: this.#pin,
    };
    return {
      request,
      isWhole: room <= maxBatch && (bytes === Infinity || bytes <= maxBytes) && waits <= maxExpires,
    };
  }

  #heartbeat(expires: number): number | undefined {
    const asked = this.#settings.heartbeat;
    const heartbeat = Math.min(asked, Math.floor(expires / 2));
    return heartbeat > 0 && heartbeat >= Math.min(asked, LEAST_HEARTBEAT) ? heartbeat : undefined;
  }
}
