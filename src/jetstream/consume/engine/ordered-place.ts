import type { DeliverPolicy } from "./ordered-engine-types.ts";

/** What the creation of a consumer tells about where it begins. */
export interface Beginning {
  readonly delivered: number;
  readonly pending: number;
  readonly created: number;
  readonly isOtherStream: boolean;
  /** It goes on behind the cursor though first values were to come: the stream keeps one message of each subject. */
  readonly isResumed: boolean;
  /** It goes on behind the cursor though first values were to come: these, from there on, have a successor. */
  readonly superseded?: ReadonlySet<number> | undefined;
}

/** What was removed meanwhile is looked for behind what was to come so often: somebody may write all the time. */
const RECOUNTS = 3;

/**
 * How far an ordered reader is, and where a new consumer has to begin so that nothing is missing and nothing comes twice.
 *
 * Before the first message the place is where the first consumer began: a second one with the policy "new" or "last" would
 * begin elsewhere. "last-per-subject" can't be resumed by a sequence as long as its first values come: values in between
 * that have a successor would be told. It begins anew then, and what was told is passed over. A stream that keeps one message
 * of each subject has no such values: there it goes on behind the cursor. So it does where consumers are lost again and again,
 * which may never come to what is new if they begin anew: there it is looked up which messages have a successor.
 */
export class OrderedPlace {
  readonly #policy: DeliverPolicy;
  /** The stream sequence up to which everything was told; undefined until a consumer was made. */
  #cursor: number | undefined;
  /** The delivery sequence of the next message in order. */
  #nextDelivery = 1;
  /** How many of the first values of each subject are still to come. */
  #firstValues = 0;
  /** How many messages have come since the last of those. */
  #sinceFirstValues = 0;
  /** When the first consumer was made. */
  #created: number | undefined;
  /** The stream sequence behind which it began. */
  #beginning = 0;
  /** How many messages that were there when they were counted are still to come; undefined until a consumer was made. */
  #toCome: number | undefined;
  /** When they were counted. */
  #countedAt = 0;
  #recounts = 0;
  #hasConsumer = false;
  /** Whether it has begun anew, so that what was told came again. */
  #hasBegunAnew = false;
  /** Behind the cursor: what is no first value, for it has a successor. Undefined: nobody has looked that up. */
  #superseded: ReadonlySet<number> | undefined;

  constructor(policy: DeliverPolicy) {
    this.#policy = policy;
  }

  get cursor(): number {
    return this.#cursor ?? 0;
  }

  /** A sequence that the stream had for sure: where an application lets reading begin may be ahead of it. */
  get reached(): number {
    const isSaid = typeof this.#policy === "object" && "startSeq" in this.#policy;
    return isSaid && this.cursor === this.#beginning ? 0 : this.cursor;
  }

  /** Whether there was a consumer yet. */
  get isMade(): boolean {
    return this.#cursor !== undefined;
  }

  /** Whether the consumer in use goes on from here. */
  get hasConsumer(): boolean {
    return this.#hasConsumer;
  }

  /** When the stream of this place was there for sure, by the server's clock: one made later is another stream. */
  get created(): number | undefined {
    return this.#created;
  }

  /** How many messages that were there when it all began are still to come; after a reset there may be newer ones among them. */
  get toCome(): number {
    return this.#toCome ?? Infinity;
  }

  /** How the next consumer has to begin. */
  get policy(): DeliverPolicy {
    if (this.#cursor === undefined) return this.#policy;
    const isAmongFirst = this.#policy === "last-per-subject" && this.#firstValues > 0;
    if (isAmongFirst && this.#superseded === undefined) return this.#policy;
    return { startSeq: this.#cursor + 1 };
  }

  /** To begin anew by {@link policy} has not helped: it is to be looked up what has a successor. */
  get isStuck(): boolean {
    return this.#hasBegunAnew && this.policy === "last-per-subject";
  }

  /** How it may begin in place of {@link policy}, if the stream keeps one message of each subject. */
  get policyBehind(): DeliverPolicy | undefined {
    return this.#cursor === undefined ? undefined : { startSeq: this.#cursor + 1 };
  }

  /** How a consumer of another stream with the same name has to begin: all of it is new. */
  get policyElsewhere(): DeliverPolicy {
    return this.#policy === "last-per-subject" ? this.#policy : "all";
  }

  /** A consumer was made, by {@link policy}, {@link policyBehind} or {@link policyElsewhere}. */
  began({ delivered, pending, created, isOtherStream, isResumed, superseded }: Beginning): void {
    const isFirst = this.#cursor === undefined || isOtherStream;
    this.#superseded = superseded ?? this.#superseded;
    if (isOtherStream) this.#superseded = undefined;
    const hasFirstValues = this.#policy === "last-per-subject" && (isFirst || this.#firstValues > 0);
    this.#firstValues = firstValuesOf(pending, hasFirstValues, isResumed ? this.#firstValues : Infinity);
    this.#hasBegunAnew = hasFirstValues && !isFirst && !isResumed && this.#superseded === undefined;
    // First values come anew, told ones included, or those that have a successor. Otherwise messages that were to come follow the
    // cursor, then newer ones.
    if (isFirst || (hasFirstValues && !isResumed)) this.#count(pending, created);
    else this.#toCome = Math.min(this.toCome, pending);
    this.#hasConsumer = true;
    if (isFirst) {
      this.#beginning = isOtherStream ? 0 : delivered;
      this.#cursor = this.#beginning;
      this.#sinceFirstValues = 0;
      this.#created = created;
    }
    this.#nextDelivery = 1;
  }

  /**
   * Takes the next message of the consumer. `told`: it came before, by an earlier one; or its successor tells. `back`: the consumer
   * counts from its start again.
   */
  arrived(streamSeq: number, deliverySeq: number): "next" | "told" | "gap" | "back" {
    if (deliverySeq !== this.#nextDelivery) return deliverySeq > this.#nextDelivery ? "gap" : "back";
    this.#nextDelivery += 1;
    if (this.#firstValues > 0) this.#firstValues -= 1;
    else this.#sinceFirstValues += 1;
    if (this.#toCome! > 0) this.#toCome! -= 1;
    if (streamSeq <= this.cursor) return "told";
    this.#cursor = streamSeq;
    return this.#superseded !== undefined && this.#hasSuccessor(streamSeq) ? "told" : "next";
  }

  #hasSuccessor(streamSeq: number): boolean {
    const has = this.#superseded!.has(streamSeq);
    // What comes behind them is told as it comes.
    if (this.#firstValues === 0) this.#superseded = undefined;
    return has;
  }

  /** The message that has come was the last one that the consumer had: nothing of what was there first is to come. */
  caughtUp(): void {
    this.#firstValues = 0;
    this.#toCome = 0;
  }

  /**
   * Whether all has come that was there when it began, by the message that came last: stored at `time`, in milliseconds of the
   * server's clock, with `pending` ones behind it. If it is newer than the count, it took the place of a
   * removed message whose successor may be behind it: then the messages that are there now have to come first.
   */
  isComplete(pending: number, time: number): boolean {
    if (this.toCome > 0) return false;
    if (pending === 0 || time < this.#countedAt || this.#recounts === RECOUNTS) return true;
    this.#recounts += 1;
    this.#firstValues = 0;
    // When they are counted by the server's clock nobody knows.
    this.#count(pending, -Infinity);
    return false;
  }

  #count(pending: number, at: number): void {
    this.#toCome = pending;
    this.#countedAt = at;
  }

  /**
   * The `unread` last messages were handed to nobody, and `cursor` is the one before them; undefined if there is none. They
   * come again, by another consumer.
   */
  backTo(cursor: number | undefined, unread: number): void {
    this.#hasConsumer = false;
    if (this.#cursor === undefined) return;
    this.#cursor = cursor ?? this.#beginning;
    // Of what is before the place where it was looked up nobody knows.
    this.#superseded = undefined;
    const later = Math.min(unread, this.#sinceFirstValues);
    this.#sinceFirstValues -= later;
    if (this.#policy === "last-per-subject") this.#firstValues += unread - later;
  }

  /** Whether messages that the consumer has delivered are not here. */
  lacks(lastDelivery: number): boolean {
    return lastDelivery >= this.#nextDelivery;
  }
}

/** How many first values are still to come of a consumer that has so much, if there are any: `most` were to come before. */
function firstValuesOf(pending: number, areAny: boolean, most: number): number {
  return areAny ? Math.min(most, pending) : 0;
}
