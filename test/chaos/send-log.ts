import type { Invariants } from "./invariants.ts";

/** Subjects of a publisher; message `g` goes to subject `g % SUBJECTS`, so each subject is a stream of its own. */
export const SUBJECTS = 4;

/** Acknowledged at `at` (ms): all up to `g` has been processed by the publisher's server. */
interface Acknowledged {
  readonly g: number;
  readonly at: number;
}

/** The time between two outages or moves of a publisher: what it sends goes over one link. */
interface Epoch {
  readonly index: number;
  /** The run of a server that the link goes to; of two, while the connection moves from one to the other. */
  readonly instances: readonly string[];
  /** The messages of this link come after this one. */
  readonly start: number;
  /** When it began, in ticks and in milliseconds. */
  readonly tick: number;
  readonly at: number;
  readonly flushes: Acknowledged[];
  /** What is demanded of a link that is gone: what was acknowledged in time. Set when it ends. */
  demandedTo: number | undefined;
}

/** From message `from` to message `to`, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * A flush is acknowledged when the publisher's server has processed all before it; the routes to other servers are
 * written to at the same time by other threads. What a server had acknowledged for so long when it was killed or
 * frozen has left it.
 */
const ROUTE_MARGIN = 300;

/** How long notes on single messages are kept. */
const MEMORY_MS = 60_000;

/**
 * What one connection has published, numbered 1, 2, 3 … in the order in which the connection accepted it, over which
 * link it went, and what is known to have arrived at a server.
 */
export class SendLog {
  readonly publisher: string;
  readonly #invariants: Invariants;
  readonly refused = new Map<string, number>();
  attempts = 0;
  /** Messages that the connection took: the number of the last one. */
  accepted = 0;
  /** Messages that it dropped by choice. */
  dropped = 0;
  droppedAsTold = 0;
  replayed = 0;
  /** In flight when a link broke: nobody can know of these. */
  inFlightAtBreaks = 0;
  readonly #epochs: Epoch[] = [];
  #acceptedAtBreak = 0;
  #isConnected = true;
  readonly #marks: { g: number; tick: number; at: number }[] = [];

  constructor(publisher: string, instance: string, tick: number, invariants: Invariants) {
    this.publisher = publisher;
    this.#invariants = invariants;
    this.#begin([instance], 0, tick);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Messages published from now on come after all that was noted at an earlier tick. */
  mark(tick: number): void {
    const at = performance.now();
    this.#marks.push({ g: this.accepted, tick, at });
    if (this.#marks.length > 512 && this.#marks[256]!.at < at - MEMORY_MS) this.#marks.splice(0, 256);
  }

  refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  /** A flush that was called when `g` was the last message has succeeded. */
  onFlushed(g: number): void {
    const epoch = this.#epochs.at(-1)!;
    if (!this.#isConnected || g < epoch.start) return;
    epoch.flushes.push({ g, at: performance.now() });
    if (epoch.flushes.length > 64) epoch.flushes.splice(0, 16);
  }

  /** `losesSince`: since when what the server of the link took may be lost, if that is why the link is gone. */
  onDisconnected(losesSince: number | undefined): void {
    const epoch = this.#epochs.at(-1)!;
    this.#isConnected = false;
    this.#acceptedAtBreak = this.accepted;
    const limit = losesSince === undefined ? Infinity : losesSince - ROUTE_MARGIN;
    epoch.demandedTo = epoch.flushes.findLast(({ at }) => at <= limit)?.g ?? epoch.start;
  }

  /** `replayed` messages were kept, and are the first on the new link. */
  onReconnected(replayed: number, dropped: number, instance: string, tick: number): void {
    const before = this.#epochs.at(-1)!;
    const start = this.accepted - replayed;
    const acknowledged = before.flushes.at(-1)?.g ?? before.start;
    this.#invariants.check(
      start <= this.#acceptedAtBreak,
      "accounting",
      () =>
        `${this.publisher}: ${this.accepted - this.#acceptedAtBreak} messages were accepted while disconnected, but ${replayed} replayed`,
    );
    this.#invariants.check(
      start >= acknowledged,
      "accounting",
      () => `${this.publisher}: ${acknowledged - start} messages were replayed that a flush had acknowledged`,
    );
    this.replayed += replayed;
    this.droppedAsTold += dropped;
    this.inFlightAtBreaks += Math.max(0, start - acknowledged);
    this.#isConnected = true;
    this.#begin([instance], start, tick);
  }

  /**
   * The connection has moved. What had not been acknowledged before may have gone either way, and none of it may be
   * lost: the old server has answered, and the rest was held back.
   */
  onMoved(instance: string, tick: number): void {
    const before = this.#epochs.at(-1)!;
    const acknowledged = before.flushes.at(-1)?.g ?? before.start;
    before.demandedTo = acknowledged;
    const between = this.#begin([...before.instances, instance], acknowledged, before.tick);
    between.demandedTo = this.accepted;
    this.#begin([instance], this.accepted, tick);
  }

  #begin(instances: readonly string[], start: number, tick: number): Epoch {
    const index = (this.#epochs.at(-1)?.index ?? -1) + 1;
    const epoch: Epoch = {
      index,
      instances,
      start,
      tick,
      at: performance.now(),
      flushes: [],
      demandedTo: undefined,
    };
    this.#epochs.push(epoch);
    if (this.#epochs.length > 64) this.#epochs.shift();
    return epoch;
  }

  /** How many messages the server of the link in use must have got when it has them all: at least, and at most. */
  get sentOnLink(): { readonly least: number; readonly most: number } {
    const [between, last] = [this.#epochs.at(-2), this.#epochs.at(-1)!];
    const least = this.accepted - last.start;
    return { least, most: between !== undefined && isMove(between) ? this.accepted - between.start : least };
  }

  /** The link that message `g` went over. */
  epochOf(g: number): Epoch {
    return this.#epochs.findLast(({ start }) => start < g) ?? this.#epochs[0]!;
  }

  /** When message `g` was handed to its link, in milliseconds, give or take a burst. */
  sentAt(g: number): number {
    const published = this.#marks.findLast((mark) => mark.g < g)?.at ?? 0;
    return Math.max(published, this.epochOf(g).at);
  }

  /**
   * Of the messages of a gap (before `arrived`, which came), those that must come, or have come: on their link all
   * before one that arrived; on an older link all that was acknowledged; and only what was sent after
   * `provenAt(instance)`, when the way from that server to the receiver was known to be open.
   */
  demanded(gap: Span, arrived: number, provenAt: (instance: string) => number | undefined): Span[] {
    const arrivedIn = this.epochOf(arrived);
    const spans: Span[] = [];
    for (const epoch of this.#epochs) {
      const proven = latest(epoch.instances.map(provenAt));
      if (proven === undefined || epoch.index > arrivedIn.index) continue;
      const sentFrom = epoch.tick > proven ? epoch.start : Math.max(epoch.start, this.#lastBefore(proven));
      const sentTo = epoch === arrivedIn ? arrived - 1 : this.#demandedTo(epoch);
      const span = { from: Math.max(gap.from, sentFrom + 1), to: Math.min(gap.to, sentTo) };
      if (span.from <= span.to) spans.push(span);
    }
    return spans;
  }

  /** Of the messages of a gap those that were under way when a link broke. */
  isInFlightAtBreak(g: number): boolean {
    const epoch = this.epochOf(g);
    return epoch.demandedTo !== undefined && g > epoch.demandedTo;
  }

  #demandedTo(epoch: Epoch): number {
    return epoch.demandedTo ?? epoch.flushes.at(-1)?.g ?? epoch.start;
  }

  /** Whether message `g` was surely published after `tick`. */
  isPublishedAfter(g: number, tick: number): boolean {
    return g > this.#lastBefore(tick);
  }

  /** The last message that may have been published before `tick`. */
  #lastBefore(tick: number): number {
    return this.#marks.find((mark) => mark.tick > tick)?.g ?? this.accepted;
  }
}

/** Its messages went over two links. */
export function isMove({ instances }: Epoch): boolean {
  return instances.length > 1;
}

/** The latest of some ticks; undefined if one is missing. */
function latest(ticks: readonly (number | undefined)[]): number | undefined {
  const known = ticks.filter((tick) => tick !== undefined);
  return known.length === ticks.length ? Math.max(...known) : undefined;
}
