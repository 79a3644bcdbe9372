import { checkWait } from "../../core/call-options.ts";
import { type Check, type Checks, checkOptions, count, invalidOption } from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { checkConsumerName } from "../config/names.ts";
import { aFilter } from "../config/subjects.ts";
import type { JetStream } from "../jetstream.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { Stream } from "../stream/stream.ts";
import type { Death, DeadLetterBox } from "../work/dead-letter-box.ts";
import type { Work } from "../work/work.ts";
import { type CollectOptions, collectDead, keptNote } from "./collect.ts";
import type { DeadLetter, DeadLetterFilter } from "./dead-letter.ts";
import { type Keeper, keepLetter } from "./letter-keeper.ts";
import { listLetters } from "./list-letters.ts";
import { LetterSubjects } from "./letter-subjects.ts";
import { removeLetter, replayLetter } from "./replay-letter.ts";

const aName: Check<string> = (name, value) => checkConsumerName(value as string, name);

const FILTER: Checks<DeadLetterFilter> = { subject: aFilter, consumer: aName, id: count };

/** The dead letters of a stream, as `deadLetters` gives them. */
export class DeadLetters implements DeadLetterBox {
  readonly #keeper: Keeper;

  /** @internal */
  constructor(js: JetStream, source: Stream, letters: Stream) {
    this.#keeper = { js, source, letters, subjects: new LetterSubjects(letters.name, source.name) };
  }

  /** The stream whose messages they are. */
  get stream(): string {
    return this.#keeper.source.name;
  }

  /** The name of the stream that keeps them. */
  get name(): string {
    return this.#keeper.letters.name;
  }

  /**
   * Keeps a copy of a message that is given up; `work` calls it if it has the option `deadLetters`. Resolves with a note for
   * the reason of the message's `term`. Rejects as a publish does, and then there is no copy.
   */
  async add(message: JetStreamMessage, death: Death): Promise<string> {
    const { stream, consumer, seq, deliveries, deliverySeq } = message;
    if (stream !== this.stream) {
      throw invalidOption("message", `it is of the stream "${stream}", and this is for "${this.stream}"`);
    }
    await keepLetter(this.#keeper, { ...death, consumer, seq, deliveries, key: `${deliverySeq}` }, message);
    return keptNote(this.name);
  }

  // JS-ADV-02
  /**
   * Copies the messages that any consumer of the stream gives up, also consumers of other clients, until it is stopped. Several
   * collectors may run, in one process or many: each message is copied once.
   *
   * From the first call on, a stream called `DLQ_<stream>_ADVISORIES` keeps the servers' advisories until a collector has
   * copied the messages, so it also copies what was given up while none ran. If a message has left its stream by then, its
   * letter has no message: it was termed on a work queue, or its time was up. The option `deadLetters` of `work` has no such
   * limit.
   *
   * Rejects as `streams.create` does, and with `INVALID_CONFIG` or `API_ERROR` if another stream takes these advisories already.
   */
  async collect(options: CollectOptions = {}): Promise<Work> {
    return await collectDead(this.#keeper, options);
  }

  /**
   * The letters that are there, the oldest first. `timeout` is for each page of them. Throws `INVALID_OPTION` or `INVALID_SUBJECT`.
   */
  list(filter: DeadLetterFilter = {}, options: WaitOptions = {}): AsyncSequence<DeadLetter> {
    return listLetters(this.#keeper, checkOptions(filter, FILTER, "filter"), checkWait(options));
  }

  /**
   * Publishes the messages of letters to their subjects again, one after another, and removes the letters. Resolves with the
   * number of messages. It leaves letters that come meanwhile, and those whose message was gone. `timeout` is for each step.
   *
   * After a crash or an error, call it again. If a message was published but its letter is still there, it is not stored a
   * second time within the stream's `duplicateWindow`.
   *
   * The messages keep their headers. Headers that tell the server what to do, such as a message id or an expectation, are renamed to
   * `Natspeed-Original-…`. If a message dies again, its letter has a `history`.
   *
   * Rejects as a publish does: with `NO_STREAM` or `EXPECTATION_FAILED` if the stream no longer takes a subject.
   */
  async replay(filter: DeadLetterFilter = {}, options: WaitOptions = {}): Promise<number> {
    const limits = checkWait(options);
    const named = checkOptions(filter, FILTER, "filter");
    const { lastSeq } = (await this.#keeper.letters.info(limits)).state;
    let replayed = 0;
    for await (const letter of listLetters(this.#keeper, named, limits)) {
      // A message that dies again at once would be replayed for ever.
      if (letter.id > lastSeq) break;
      if (letter.message === undefined) continue;
      if (await replayLetter(this.#keeper, letter, letter.message, limits)) replayed++;
    }
    return replayed;
  }

  /** Removes letters. Resolves with their number. */
  async purge(filter: DeadLetterFilter = {}, options: WaitOptions = {}): Promise<number> {
    const limits = checkWait(options);
    const { id, ...named } = checkOptions(filter, FILTER, "filter");
    const { letters, subjects } = this.#keeper;
    if (id === undefined) return await letters.purge({ ...limits, filter: subjects.matching(named) });
    let purged = 0;
    for await (const letter of listLetters(this.#keeper, { id, ...named }, limits)) {
      if (await removeLetter(this.#keeper, letter, limits)) purged++;
    }
    return purged;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { stream, name } = this;
    return inspected("DeadLetters", { stream, name }, depth, options, inspect);
  }
}
