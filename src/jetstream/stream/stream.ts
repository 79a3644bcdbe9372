import {
  aBoolean,
  aSignal,
  type Checks,
  checkOptions,
  count,
  type FormerNames,
  invalidOption,
  milliseconds,
} from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Message } from "../../core/message.ts";
import { checkPublishSubject } from "../../core/protocol/subject.ts";
import type { Schema, SchemaOutput } from "../../core/values/schema.ts";
import { aSchema } from "../../core/values/values.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { StreamInfo } from "../config/stream-info.ts";
import type { Context } from "../context.ts";
import { checkLast, type LastOptions, LastPages, type LastQuery } from "../direct/last-pages.ts";
import type { MessageQuery } from "../direct/message-query.ts";
import { MessageReader, type ReadOptions } from "../direct/message-reader.ts";
import { PagedSequence } from "../../core/delivery/paged-sequence.ts";
import { PageReader } from "../direct/page-reader.ts";
import { PayloadPages } from "../direct/payload-pages.ts";
import { checkRange, type RangeOptions } from "../direct/range.ts";
import { RangePages } from "../direct/range-pages.ts";
import { directMessage } from "../message/direct-message.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import { type CounterValue, readCounter } from "./counters.ts";
import type { KnownStream } from "./known-stream.ts";
import { Peers } from "./peers.ts";
import { type PurgeOptions, purgeRequest } from "./purge.ts";
import { readInfo } from "./read-info.ts";
import { readSchedule } from "./read-schedule.ts";
import { listSchedules, type PendingSchedule } from "./schedules.ts";
import { listSubjects, type SubjectCount } from "./subjects.ts";

/** Options of {@link Stream.info}. */
export interface StreamInfoOptions extends WaitOptions {
  /** Whether `state.deleted` has the sequence of each message that was deleted in between. @default false */
  readonly deletedDetails?: boolean;
}

/** Options of {@link Stream.deleteMessage}. */
export interface DeleteMessageOptions extends WaitOptions {
  /** Overwrites it too, which takes longer. @default true */
  readonly erase?: boolean;
}

const INFO: Checks<StreamInfoOptions> = { timeout: milliseconds, signal: aSignal, deletedDetails: aBoolean };

/** As nats.js calls them. */
const FORMER_INFO: FormerNames = {
  deleted_details: '"deletedDetails"',
  subjects_filter: "stream.subjects(filter)",
};

const DELETE_MESSAGE: Checks<DeleteMessageOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  erase: aBoolean,
};

/** The API level of nats-server 2.15, the first that can call a move off. */
const CANCEL_MOVE_LEVEL = 5;

/**
 * Uses a stream. Every method may fail with `STREAM_NOT_FOUND`, and as a request does. Unless a method says otherwise,
 * `timeout` is for each request to the server, and its default is the context's.
 */
export class Stream<T = unknown> {
  /** The servers that hold it. */
  readonly peers: Peers;
  readonly #context: Context;
  readonly #known: KnownStream;
  readonly #schema: Schema | undefined;
  readonly #reader: MessageReader;
  readonly #pages: PageReader;

  /** @internal */
  constructor(context: Context, known: KnownStream, schema?: Schema) {
    this.#context = context;
    this.#known = known;
    this.#schema = schema;
    this.#reader = new MessageReader(context, known);
    this.#pages = new PageReader(context, known);
    this.peers = new Peers(context.api, { stream: known.name });
  }

  get name(): string {
    return this.#known.name;
  }

  /** The same stream; a schema reads the `value` of its messages. Throws `INVALID_OPTION`. */
  typed<S extends Schema>(schema: S): Stream<SchemaOutput<S>> {
    return new Stream<SchemaOutput<S>>(this.#context, this.#known, aSchema("schema", schema));
  }

  // JS-STR-08
  /** The configuration and state that this handle saw last; undefined if it never asked. */
  get cachedInfo(): StreamInfo | undefined {
    return this.#known.info;
  }

  // JS-STR-05
  /** Its configuration and state. */
  async info(options: StreamInfoOptions = {}): Promise<StreamInfo> {
    const { deletedDetails = false, ...limits } = checkOptions(options, INFO, undefined, FORMER_INFO);
    return await this.#known.ask(limits, deletedDetails ? { deleted_details: true } : undefined);
  }

  /**
   * The subjects of its messages in alphabetical order, each with its number of messages. A request brings up to 100,000. A
   * subject that comes or goes between two requests may come twice or not at all.
   */
  subjects(filter = ">", options: WaitOptions = {}): AsyncSequence<SubjectCount> {
    return listSubjects(this.#context.api, this.name, filter, options);
  }

  // JS-STR-09, JS-GET-01
  /**
   * One message; undefined if there is no such message. If the stream has `allowDirect` any replica answers, and may lag behind the
   * leader; `{ leader: true }` asks the leader.
   *
   * Rejects with `INVALID_OPTION`, `INVALID_SUBJECT`, and `API_ERROR` for what the server refuses.
   */
  async get(query: MessageQuery, options: ReadOptions = {}): Promise<StoredMessage<T> | undefined> {
    return await this.#reader.read<T>(query, options, this.#schema);
  }

  // JS-GET-02, JS-GET-04, JS-PUSH-09
  /**
   * The messages that are stored when the loop begins, in order, without a consumer. They come in pages, as fast as you read:
   * up to 1,000 messages or 1 MiB wait here. If the link is lost, or a message gets lost on its way, the page is read again.
   *
   * The stream needs `allowDirect`: without it the loop throws `INVALID_CONFIG`. It throws `SERVER_TOO_OLD` before
   * nats-server 2.11, `TIMEOUT` for a page that takes longer than `timeout`, and `INVALID_RESPONSE` if messages get lost
   * again and again.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * const stream = await js.streams.create({ name: "READINGS", subjects: ["readings.*"], allowDirect: true });
   * await js.publish("readings.kitchen", "21.5");
   * for await (const m of stream.messages({ filter: "readings.*" })) console.log(m.seq, m.string());
   * await nc.close();
   * ```
   */
  messages(options: RangeOptions = {}): AsyncSequence<StoredMessage<T>> {
    return this.#stored(new RangePages(this.#pages, checkRange(options)));
  }

  // JS-GET-05
  /** As {@link messages}, but only the payloads: the server sends no headers. */
  payloads(options: RangeOptions = {}): AsyncSequence<Uint8Array> {
    const pages = new PayloadPages(this.#pages, checkRange(options));
    return new PagedSequence(async () => (await pages.next())?.map((reply) => reply.data));
  }

  // JS-GET-03
  /**
   * The last message of each subject, in the order of their sequences, all as of one moment. The filters may have wildcards.
   * The stream needs `allowDirect`, as for {@link messages}.
   *
   * The loop throws `TOO_MANY_SUBJECTS` if more than 1,024 subjects match. It also does if their messages have more than 4 MiB
   * together, and some were replaced before they were read.
   */
  lastMessages(
    filters: string | readonly string[],
    options: LastOptions = {},
  ): AsyncSequence<StoredMessage<T>> {
    return this.#stored(this.#lastPages(checkLast(filters, options)));
  }

  // JS-STR-10
  /** Removes a message. Rejects with `API_ERROR` if there is none, or if the stream has `denyDelete`. */
  async deleteMessage(seq: number, options: DeleteMessageOptions = {}): Promise<void> {
    const { erase = true, ...limits } = checkOptions(options, DELETE_MESSAGE);
    const body = erase ? { seq: count("seq", seq) } : { seq: count("seq", seq), no_erase: true };
    const stream = this.name;
    await this.#context.api.request({
      subject: `STREAM.MSG.DELETE.${stream}`,
      body,
      stream,
      options: limits,
    });
  }

  // JS-STR-04
  /**
   * Removes messages: all, those below `seq`, or all but the last `keep`; with a `filter` only of subjects that it matches.
   * Resolves with their number. Rejects with `API_ERROR` if the stream has `denyPurge`.
   */
  async purge(options: PurgeOptions = {}): Promise<number> {
    const { purged } = await this.#context.api.request(purgeRequest(this.name, options));
    return Number(purged);
  }

  // JS-SCHED-12
  /**
   * The schedules that wait for their time. It reads all messages that match the filter to find them, so give schedules
   * subjects of their own. The stream needs `allowDirect`, as for {@link messages}.
   */
  schedules(filter = ">", options: WaitOptions = {}): AsyncSequence<PendingSchedule> {
    return listSchedules(new RangePages(this.#pages, checkRange({ ...options, filter })));
  }

  // JS-SCHED-11
  /**
   * Ends the schedule of a subject, if there is one. A schedule that somebody sets there meanwhile stays. Rejects with
   * `INVALID_OPTION` if the last message of the subject is no schedule.
   */
  async cancelSchedule(subject: string, options: WaitOptions = {}): Promise<void> {
    checkPublishSubject(subject);
    const last = await this.get({ lastBySubject: subject }, { ...options, leader: true });
    if (last === undefined) return;
    if (readSchedule(last.headers) === undefined)
      throw invalidOption("subject", `the last message on "${subject}" is no schedule`);
    await this.purge({ ...options, filter: subject, seq: last.seq + 1 });
  }

  // JS-CTR-03..05
  /**
   * The counters of subjects, which may have wildcards. The stream needs `allowMsgCounter` and `allowDirect`. The loop throws
   * `TOO_MANY_SUBJECTS` as {@link lastMessages} does, and `INVALID_RESPONSE` for a message that is no counter.
   */
  counters(filters: string | readonly string[], options: WaitOptions = {}): AsyncSequence<CounterValue> {
    const pages = this.#lastPages(checkLast(filters, options));
    return new PagedSequence(async () =>
      (await pages.next())?.map((reply) => readCounter(directMessage(reply))),
    );
  }

  // JS-STR-41
  /**
   * Cancels a move or a scaling that is under way: the stream goes back to where it was. Rejects with `API_ERROR` if there is
   * none, and with `SERVER_TOO_OLD` before nats-server 2.15.
   */
  async cancelMove(options: WaitOptions = {}): Promise<StreamInfo> {
    const stream = this.name;
    const subject = `STREAM.CANCEL_MOVE.${stream}`;
    const answer = await this.#context.api.request({ subject, stream, level: CANCEL_MOVE_LEVEL, options });
    const info = readInfo(this.#context, answer);
    this.#known.learn(info);
    return info;
  }

  #lastPages(query: LastQuery): LastPages {
    return new LastPages(this.#pages, query);
  }

  #stored(pages: { next(): Promise<readonly Message[] | undefined> }): AsyncSequence<StoredMessage<T>> {
    return new PagedSequence(async () => {
      const page = await pages.next();
      return page?.map((reply) => directMessage<T>(reply, this.#schema));
    });
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { name, cachedInfo } = this;
    return inspected("Stream", { name, cachedInfo }, depth, options, inspect);
  }
}
