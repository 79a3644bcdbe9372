import type { Invariants } from "./invariants.ts";
import type { Moments } from "./moments.ts";
import { type SendLog, type Span, SUBJECTS } from "./send-log.ts";

/**
 * - `in flight`: under way when the publisher's link broke.
 * - `away`: the receiver had no link, or the way to it was not known to be open.
 * - `owed`: neither; it still has until `deadline` to come by another way.
 */
type Why = "in flight" | "away" | "owed";

interface Gap extends Span {
  readonly why: Why;
  readonly seenAt: number;
  readonly deadline: number;
}

/** How long an older link's messages may be overtaken by those of a newer one. */
const OVERTAKEN_LIMIT = 15_000;

/** Of a move is heard within so many milliseconds of what it caused. */
const MOVE_LIMIT = 2000;

/** How long gaps are kept, to tell a message that comes late from one that comes twice. */
const MEMORY_MS = 60_000;

/** What arrived of one publisher's subject, at one subscription or anywhere in a queue group. */
export class Receipts {
  readonly #receiver: string;
  readonly #log: SendLog;
  readonly #invariants: Invariants;
  delivered = 0;
  /** Arrived after a later message, which went over a newer link; not counted of a group, whose members differ. */
  overtaken = 0;
  readonly #start: number;
  #highest: number;
  #gaps: Gap[] = [];
  #forgottenTo = 0;
  /** Came twice, and may if the receiver is just moving. */
  #doubtful: { readonly at: number; readonly sentAt: number; readonly what: string }[] = [];
  readonly #moves: Moments | undefined;
  readonly #forgotten = { "in flight": 0, away: 0, owed: 0 };

  /**
   * With `moves`, of a subscription alone: a message that was sent while it moves comes twice if it takes longer to the new server
   * than the move does, for it has come by the old one. `excuses/two-ways.test.ts` shows it without natspeed.
   */
  constructor(receiver: string, log: SendLog, subject: number, invariants: Invariants, moves?: Moments) {
    this.#moves = moves;
    this.#receiver = receiver;
    this.#log = log;
    this.#invariants = invariants;
    this.#start = lastOf(log.accepted, subject);
    this.#highest = this.#start;
  }

  /** False if it came before. `provenAt` is undefined where nothing is demanded before the next calm. */
  take(g: number, provenAt: ((instance: string) => number | undefined) | undefined): boolean {
    if (g > this.#highest) {
      if (g > this.#highest + SUBJECTS) {
        this.#addGap({ from: this.#highest + SUBJECTS, to: g - SUBJECTS }, g, provenAt);
      }
      this.#highest = g;
    } else if (!this.#fill(g)) {
      return false;
    } else if (provenAt !== undefined) {
      this.overtaken++;
    }
    this.delivered++;
    return true;
  }

  /** Whether all from `from` to `to` has come. */
  has(from: number, to: number): boolean {
    const last = to - ((((to - this.#start) % SUBJECTS) + SUBJECTS) % SUBJECTS);
    if (last < from) return true;
    if (this.#highest < last) return false;
    return !this.#gaps.some((gap) => gap.from <= to && gap.to >= from);
  }

  /** What was owed for too long is lost; what is long past is forgotten. */
  review(now: number): void {
    this.reviewTwice(now);
    for (const gap of this.#gaps) {
      if (gap.why === "owed" && gap.deadline < now) this.#onLost(gap);
    }
    const old = this.#gaps.filter((gap) => gap.deadline < now);
    for (const gap of old) {
      this.#forgotten[gap.why] += countOf(gap);
      this.#forgottenTo = Math.max(this.#forgottenTo, gap.to);
    }
    if (old.length > 0) this.#gaps = this.#gaps.filter((gap) => gap.deadline >= now);
  }

  /** What came twice and no move has explained in time. */
  reviewTwice(now: number): void {
    const isOver = ({ at }: { readonly at: number }): boolean => at + MOVE_LIMIT < now;
    for (const { what, sentAt } of this.#doubtful.filter(isOver))
      if (this.#moves?.areSince(sentAt) !== true) this.#invariants.broken("no duplicate", what);
    this.#doubtful = this.#doubtful.filter((one) => !isOver(one));
  }

  /** How many have not come, and why that may be. */
  missing(): Record<Why, number> {
    const counts = { ...this.#forgotten };
    for (const gap of this.#gaps) counts[gap.why] += countOf(gap);
    return counts;
  }

  /** Whether there is something that still has to come. */
  get isOwed(): boolean {
    return this.#gaps.some(({ why }) => why === "owed");
  }

  /** How many were sent here up to `g`. */
  expected(g: number): number {
    return Math.floor((g - this.#start) / SUBJECTS);
  }

  #onLost(gap: Gap): void {
    const { publisher } = this.#log;
    const which = `${publisher} ${gap.from} to ${gap.to} (${countOf(gap)} messages)`;
    const seen = `noticed ${((performance.now() - gap.seenAt) / 1000).toFixed(2)} s ago`;
    this.#invariants.broken("no unexplained loss", `${this.#receiver} never got ${which}, ${seen}`);
  }

  #addGap(gap: Span, g: number, provenAt: ((instance: string) => number | undefined) | undefined): void {
    const now = performance.now();
    const owed = provenAt === undefined ? [] : this.#log.demanded(gap, g, provenAt);
    const step = (why: Why): number => now + (why === "owed" ? OVERTAKEN_LIMIT : MEMORY_MS);
    let open: Gap | undefined;
    for (let at = gap.from; at <= gap.to; at += SUBJECTS) {
      const why = this.#why(at, owed);
      if (open?.why === why) open = { ...open, to: at };
      else {
        if (open !== undefined) this.#gaps.push(open);
        open = { from: at, to: at, why, seenAt: now, deadline: step(why) };
      }
    }
    if (open !== undefined) this.#gaps.push(open);
  }

  #why(g: number, owed: readonly Span[]): Why {
    if (owed.some(({ from, to }) => from <= g && g <= to)) return "owed";
    return this.#log.isInFlightAtBreak(g) ? "in flight" : "away";
  }

  /** A message that is late fills its gap; one that has no gap is a duplicate. */
  #fill(g: number): boolean {
    const index = this.#gaps.findIndex(({ from, to }) => from <= g && g <= to);
    if (index === -1) {
      const past = g <= this.#forgottenTo ? " (or a minute late)" : "";
      const what = `${this.#receiver} got ${this.#log.publisher} ${g} twice${past}`;
      this.#doubtful.push({ at: performance.now(), sentAt: this.#log.sentAt(g), what });
      return false;
    }
    const gap = this.#gaps[index]!;
    const parts = [
      { ...gap, to: g - SUBJECTS },
      { ...gap, from: g + SUBJECTS },
    ].filter(({ from, to }) => from <= to);
    this.#gaps.splice(index, 1, ...parts);
    return true;
  }
}

function countOf({ from, to }: Span): number {
  return (to - from) / SUBJECTS + 1;
}

/** The last message up to `g` that went to this subject; it may be 0 or below if there was none. */
function lastOf(g: number, subject: number): number {
  return g - ((((g - subject) % SUBJECTS) + SUBJECTS) % SUBJECTS);
}
