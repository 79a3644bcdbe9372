import type { PullRequest, PullStatus } from "./pull-engine-types.ts";
import type { NextPull } from "./pull-request.ts";
import type { Rest } from "./pull-status.ts";

/**
 * A pull that was sent.
 * - `open`: the server serves it.
 * - `settling`: a status has ended it, and told how many won't come; the others may still be on their way.
 * - `presumed`: newer pulls alone explain what is owed, so it is filled, as far as counting tells. Its status still counts.
 */
export interface SentPull {
  readonly pull: number;
  readonly request: PullRequest;
  readonly sentAt: number;
  /** A fetch asked with it for all that it wanted, and for all its time. */
  readonly isWhole: boolean;
  /** How many messages had come before. */
  readonly receivedBefore: number;
  phase: "open" | "settling" | "presumed";
  /** The most that can still come of it. */
  batch: number;
  bytes: number;
  /** When it ends at the server, and some time after: nothing of it is waited for any more. */
  readonly lasts: number;
  /** The same, but earlier where it may have ended in silence. */
  deadline: number;
  /** How long, after its status or the last message, its rest is waited for. */
  readonly patience: number;
}

/** What stands in a ledger. */
export type Account = Pick<
  PullLedger,
  "wished" | "owed" | "owedBytes" | "held" | "heldBytes" | "open" | "settling" | "received"
>;

/** How many pulls that are presumed filled are remembered. The server serves pulls in turn, so few can be open for real. */
const PRESUMED = 8;

/**
 * Counts messages and bytes: what is owed (asked for, neither come nor given up) and what is held (come, and not handed
 * out). Data can't be told apart by pull, only statuses can; so a message is booked on the whole, a status on its pull.
 *
 * Two things always hold: 0 ≤ owed ≤ the sum of `batch` of the pulls that are open or settling; and the server
 * may never still send more than is owed, except for pulls that were written off by their deadline.
 */
export class PullLedger {
  /** Messages that would be asked for now if they were granted: see `isRationed`. */
  wished = 0;
  /** In the order of their numbers. */
  #pulls: SentPull[] = [];
  #owed = 0;
  #owedBytes = 0;
  #held = 0;
  #heldBytes = 0;
  #received = 0;
  #handedOut = 0;
  #arrivedAt = -Infinity;
  #isExact = true;

  get owed(): number {
    return this.#owed;
  }
  get owedBytes(): number {
    return this.#owedBytes;
  }
  get held(): number {
    return this.#held;
  }
  get heldBytes(): number {
    return this.#heldBytes;
  }
  /** Messages that have come since the beginning. */
  get received(): number {
    return this.#received;
  }
  /** Messages that were handed out since the beginning. */
  get handedOut(): number {
    return this.#handedOut;
  }
  get open(): number {
    return this.#count("open");
  }
  get settling(): number {
    return this.#count("settling");
  }
  /** Whether no pull can be left at the server, nor a message on its way. */
  get isClean(): boolean {
    return this.#isExact && this.#owed === 0;
  }
  get deadline(): number {
    let earliest = Infinity;
    for (const { phase, deadline } of this.#pulls) {
      if (phase !== "presumed" && deadline < earliest) earliest = deadline;
    }
    return earliest;
  }

  #count(phase: SentPull["phase"]): number {
    let count = 0;
    for (const pull of this.#pulls) if (pull.phase === phase) count += 1;
    return count;
  }

  /** A pull whose status counts: one that no status has ended yet. */
  find(pull: number): SentPull | undefined {
    return this.#pulls.find((sent) => sent.pull === pull && sent.phase !== "settling");
  }

  /** A pull was sent; `life`: how long it lasts at the server. */
  send(pull: number, { request, isWhole }: NextPull, at: number, life: number, patience: number): void {
    const { batch, maxBytes: bytes = Infinity } = request;
    const lasts = at + life + patience;
    const sent = { pull, request, isWhole, sentAt: at, receivedBefore: this.#received, patience, lasts };
    this.#pulls.push({ ...sent, phase: "open", batch, bytes, deadline: lasts });
    this.#owed += batch;
    this.#owedBytes += bytes;
  }

  /** A message has come. True if nothing is owed any more: all pulls are filled, which the server doesn't tell. */
  arrived(bytes: number, isOwed: boolean, at: number): boolean {
    this.#received += 1;
    this.#arrivedAt = at;
    this.#held += 1;
    this.#heldBytes += bytes;
    return isOwed && this.#paid(bytes);
  }

  /** A message has come that is of no use here. */
  discarded(bytes: number): void {
    this.#paid(bytes);
  }

  #paid(bytes: number): boolean {
    if (this.#owed === 0) return false;
    this.#owed -= 1;
    this.#owedBytes -= bytes;
    if (this.#owed > 0 && this.#owedBytes > 0) return false;
    this.#close();
    return true;
  }

  /** Messages were handed out, or dropped: they are held no more. */
  left(messages: number, bytes: number, isHandedOut: boolean): void {
    this.#held = Math.max(0, this.#held - messages);
    this.#heldBytes = Math.max(0, this.#heldBytes - bytes);
    if (isHandedOut) this.#handedOut += messages;
  }

  /** Books what a status says about the rest of its pull. */
  book(rest: Rest, sent: SentPull, { pendingMessages, pendingBytes = 0 }: PullStatus, at: number): void {
    switch (rest) {
      case "kept":
        // A sign of life.
        sent.deadline = sent.lasts;
        return;
      case "refused":
        return this.#refused(sent);
      case "told":
        if (pendingMessages !== undefined) return this.#told(sent, pendingMessages, pendingBytes, at);
        return this.#void((other) => other === sent, at);
      case "void":
        return this.#void((other) => other === sent, at);
      case "older":
        // The messages on their way from the old leader are not known.
        this.#isExact = false;
        return this.#void((other) => other.pull <= sent.pull, at);
      case "all":
        return this.#close();
    }
  }

  /** The server never took this pull. */
  #refused(sent: SentPull): void {
    this.#owed -= Math.min(this.#owed, sent.batch);
    if (sent.bytes !== Infinity) this.#owedBytes = Math.max(0, this.#owedBytes - sent.bytes);
    this.#remove((other) => other !== sent);
  }

  /** The server won't send `messages` and `bytes` of this pull. The others are waited for: a status may overtake them. */
  #told(sent: SentPull, messages: number, bytes: number, at: number): void {
    this.#owed -= Math.min(this.#owed, messages);
    if (sent.bytes !== Infinity) this.#owedBytes = Math.max(0, this.#owedBytes - bytes);
    sent.batch = Math.max(0, sent.batch - messages);
    sent.bytes = Math.max(0, sent.bytes - bytes);
    sent.phase = "settling";
    sent.deadline = at + sent.patience;
    this.#remove((other) => other.batch > 0);
  }

  /**
   * The rest of some pulls is void, and nobody says how much that was. What is still owed is then the matter of the others;
   * but one of those may be filled already, and the void ones not. A heartbeat will tell, or its absence.
   */
  #void(isVoid: (sent: SentPull) => boolean, at: number): void {
    this.#remove((sent) => !isVoid(sent));
    for (const sent of this.#pulls) {
      if (sent.phase !== "open") continue;
      sent.deadline = Math.min(sent.deadline, at + (sent.request.heartbeat ?? 0) + sent.patience);
    }
  }

  /** Nothing is owed any more, for all that is known here: the server may see it otherwise. */
  writeOff(): void {
    if (this.#owed > 0) this.#isExact = false;
    this.#close();
  }

  /** Writes off pulls whose deadline is over; true if there were any. */
  expire(at: number): boolean {
    const before = this.#pulls.length;
    const owed = this.#owed;
    if (this.open === 0) this.#waitOnForTheRest();
    this.#remove((sent) => sent.deadline > at);
    if (this.#owed < owed) this.#isExact = false;
    return this.#pulls.length < before;
  }

  /** As long as messages keep coming, the rest of a big pull is on its way. */
  #waitOnForTheRest(): void {
    for (const sent of this.#pulls) {
      if (sent.phase === "settling") sent.deadline = Math.max(sent.deadline, this.#arrivedAt + sent.patience);
    }
  }

  /** Looks whether the newer pulls alone explain what is owed: then the older ones are presumed filled. */
  presumeFilled(): void {
    let explained = 0;
    for (let i = this.#pulls.length - 1; i >= 0; i--) {
      const sent = this.#pulls[i]!;
      if (sent.phase === "presumed") continue;
      if (explained >= this.#owed && sent.phase === "open") sent.phase = "presumed";
      else explained += sent.batch;
    }
    const presumed = this.#count("presumed");
    if (presumed > PRESUMED)
      this.#pulls.splice(
        this.#pulls.findIndex((sent) => sent.phase === "presumed"),
        1,
      );
  }

  /** Keeps some pulls. No more is owed than these can bring. */
  #remove(keeps: (sent: SentPull) => boolean): void {
    this.#pulls = this.#pulls.filter(keeps);
    let messages = 0;
    let bytes = 0;
    for (const sent of this.#pulls) {
      if (sent.phase === "presumed") continue;
      messages += sent.batch;
      bytes += sent.bytes;
    }
    this.#owed = Math.min(this.#owed, messages);
    this.#owedBytes = Math.min(this.#owedBytes, bytes);
    if (this.#owed === 0 || this.#owedBytes === 0) this.#close();
  }

  #close(): void {
    this.#pulls = [];
    this.#owed = 0;
    this.#owedBytes = 0;
    // Whoever may ask says so anew.
    this.wished = 0;
  }
}
