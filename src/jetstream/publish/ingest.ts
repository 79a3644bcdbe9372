import { checkWait } from "../../core/call-options.ts";
import { copyOf, withStackOfCaller } from "../../core/caller-stack.ts";
import type { Foundation } from "../../core/connection/foundation.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Subscription } from "../../core/delivery/subscription.ts";
import { ConnectionError, type NatsError, type PermissionError, toError } from "../../core/errors.ts";
import type { Message, Payload } from "../../core/message.ts";
import type { Schema, SchemaInput } from "../../core/values/schema.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { WaitingList } from "../../core/waiting-list.ts";
import { checkLevel } from "../api/level.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import { checkMessageOptions, type GivenMessageOptions } from "./check-message-options.ts";
import { IngestFlow } from "./ingest-flow.ts";
import { ingestEnded, ingestSilent } from "./ingest-errors.ts";
import { type IngestOptions, type ResolvedIngestOptions, resolveIngestOptions } from "./ingest-options.ts";
import { IngestOutcome, type IngestReport } from "./ingest-outcome.ts";
import { readIngestReply } from "./ingest-reply.ts";
import { IngestWatch } from "./ingest-watch.ts";
import { type IngestOperation, IngestWire } from "./ingest-wire.ts";
import type { MessageOptions } from "./message-options.ts";
import { outgoingMessage } from "./outgoing-message.ts";

/** new: nothing was sent. open: messages go out. committing: the end was sent. over: the server keeps nothing of it. */
type IngestState = "new" | "open" | "committing" | "over";

/** The API level of servers that know fast ingest: 2.14. */
const LEVEL = 4;

/**
 * The fastest way into a stream, which needs `allowBatched` (nats-server 2.14). Messages go out without a promise each; the
 * server acks many at a time, and says how many may be under way. Await `ready()` before each publish, and `commit()` at the
 * end. To dispose it commits, too.
 *
 * Messages that are stored stay stored, whatever ends the ingest: {@link acked} says how far it came.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { jetstream } from "natspeed/jetstream";
 *
 * const nc = await connect();
 * const js = jetstream(nc);
 * await js.streams.create({ name: "METRICS", subjects: ["metrics.*"], allowBatched: true });
 * const ingest = js.ingest();
 * for (let i = 0; i < 1000; i++) {
 *   await ingest.ready();
 *   ingest.publish("metrics.cpu", String(i));
 * }
 * console.log((await ingest.commit()).count); // 1000
 * await js.streams.delete("METRICS");
 * await nc.close();
 * ```
 */
export class Ingest implements AsyncDisposable {
  readonly #context: Context;
  readonly #foundation: Foundation;
  readonly #options: ResolvedIngestOptions;
  readonly #wire: IngestWire;
  readonly #flow: IngestFlow;
  readonly #outcome: IngestOutcome;
  readonly #watch: IngestWatch;
  readonly #waitingForAcks = new WaitingList({ what: "acks of an ingest" });
  readonly #waitingForEnd = new WaitingList({ what: "the end of an ingest" });
  #state: IngestState = "new";
  #subscription: Subscription | undefined;
  #stopHearing: (() => void) | undefined;
  /** The subject that was published to last: words to the server go the same way. */
  #subject = "";
  #report: IngestReport | undefined;
  #error: NatsError | undefined;
  #isTold = false;

  /** @internal */
  constructor(context: Context, given: IngestOptions = {}) {
    const { connection } = context;
    this.#context = context;
    this.#foundation = connection.foundation;
    this.#options = resolveIngestOptions(given, context.timeout);
    const { ackEvery, onGap, maxOutstanding, timeout } = this.#options;
    this.#wire = new IngestWire(connection.newInbox(), ackEvery, onGap);
    this.#flow = new IngestFlow(ackEvery, maxOutstanding);
    this.#watch = new IngestWatch(timeout, {
      hasLink: () => connection.server !== undefined,
      isWaiting: () => this.#state === "committing" || this.#flow.isFull,
      ask: () => this.#ask(),
      onSilence: () => this.#end(ingestSilent(this.#subject, timeout, this.acked)),
    });
    this.#outcome = new IngestOutcome(context, {
      flow: this.#flow,
      subject: () => this.#subject,
      isCommitting: () => this.#state === "committing",
      onStored: (report) => this.#onStored(report),
      onEnded: (error) => this.#end(error),
    });
  }

  /** The number of the last message for which the server has said that it and all before are stored. */
  get acked(): number {
    return this.#flow.acked;
  }

  /**
   * Sends a message, and returns its number, from 1 on. The payload is copied, so you may use an array again.
   *
   * Throws `INGEST_ENDED`, or what ended the ingest; and as `Connection.publish` does. Then nothing was sent.
   */
  publish(subject: string, data?: Payload, options?: MessageOptions): number;
  publish<S extends Schema>(
    subject: string,
    value: SchemaInput<S>,
    options: MessageOptions & { readonly schema: S },
  ): number;
  publish(subject: string, data?: unknown, options?: GivenMessageOptions): number {
    this.#checkOpen();
    const { publisher } = this.#foundation;
    let payload = data as Payload;
    let block: Uint8Array | undefined;
    if (options !== undefined) {
      const message = outgoingMessage(subject, data, checkMessageOptions(options));
      ({ payload } = message);
      block = publisher.encodeHeaders(subject, message.headers);
    }
    publisher.check(subject, payload, block, this.#wire.replySize);
    if (this.#state === "new") this.#begin(subject);
    const number = this.#flow.sent + 1;
    this.#send(subject, number, number === 1 ? "start" : "append", block, payload);
    this.#subject = subject;
    this.#flow.onSent();
    this.#watch.onSent();
    return number;
  }

  #checkOpen(): void {
    if (this.#state === "new" || this.#state === "open") return;
    throw this.#tellEnd();
  }

  #begin(subject: string): void {
    const { connection, prefix } = this.#context;
    checkLevel(LEVEL, connection.info, prefix, { subject });
    const subscription = connection.subscribe(this.#wire.inbox, {
      callback: (message) => this.#onReply(message),
    });
    this.#subscription = subscription;
    void subscription.closed.then(({ error }) => {
      if (this.#state !== "over")
        this.#end(error ?? ingestEnded("its inbox was closed", this.acked, { subject }));
    });
    this.#stopHearing = connection.foundation.onDenial((error) => this.#onDenied(error));
    this.#state = "open";
    this.#watch.start();
  }

  #send(
    subject: string,
    number: number,
    operation: IngestOperation,
    block?: Uint8Array,
    payload?: Payload,
  ): void {
    const reply = this.#wire.reply(number, operation);
    if (this.#foundation.publisher.send(subject, reply, block, payload) > 0) return;
    const text = `the message to "${subject}" was dropped: there is no link to a server`;
    throw new ConnectionError("DISCONNECTED", text, { subject, sent: false });
  }

  /**
   * Waits while too many acks are missing, and lets timers and received messages have their turn. Rejects with what ended the
   * ingest; with `TIMEOUT`, `ABORTED` or `CONNECTION_CLOSED`.
   */
  ready(options?: WaitOptions): Promise<void> {
    try {
      this.#checkOpen();
      if (!this.#flow.isFull) return this.#context.connection.ready(options);
      return this.#waitForRoom(checkWait(options ?? {}));
    } catch (thrown) {
      return Promise.reject(toError(thrown));
    }
  }

  async #waitForRoom(options: WaitOptions): Promise<void> {
    await this.#waitingForAcks.wait(this.#foundation.signals.limits(options));
    if (this.#error !== undefined) throw this.#tellEnd();
  }

  /**
   * Ends the ingest, and resolves when all of it is stored. A time limit ends the wait but not the commit: you may call it
   * again. Rejects with `INGEST_ENDED`, or with what ended the ingest before; with `BATCH_FAILED` if nothing was published;
   * with `TIMEOUT` or `ABORTED`.
   */
  async commit(options: WaitOptions = {}): Promise<IngestReport> {
    const limits = this.#foundation.signals.limits(checkWait(options));
    if (this.#state === "new")
      throw new JetStreamError("BATCH_FAILED", "nothing was published: there is nothing to commit");
    if (this.#state === "open") {
      this.#send(this.#subject, this.#flow.sent + 1, "commitAtEnd");
      this.#state = "committing";
      this.#watch.onSent();
      this.#waitingForAcks.resolve();
    }
    if (this.#state === "committing") await this.#waitingForEnd.wait(limits);
    if (this.#report === undefined) throw this.#tellEnd();
    return this.#report;
  }

  /** Commits what was published. Throws what ended it, unless that was told before. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "new" || (this.#state === "over" && (this.#isTold || this.#error === undefined)))
      return;
    await this.commit();
  }

  /** The server may not have heard the last word, or its answer was lost. */
  #ask(): void {
    const { sent } = this.#flow;
    try {
      if (this.#state === "committing") this.#send(this.#subject, sent + 1, "commitAtEnd");
      else this.#send(this.#subject, sent, "ping");
    } catch {
      // There is no link, or no room before it: the next question may come through.
    }
  }

  #onReply(message: Message): void {
    if (this.#state === "over") return;
    this.#watch.onHeard();
    this.#outcome.take(readIngestReply(message, this.#subject));
    if (!this.#flow.isFull) this.#waitingForAcks.resolve();
  }

  /** A message that is refused among others is missing, as the stream tells. Here its answer is waited for: there is none. */
  #onDenied(error: PermissionError): void {
    if (error.code !== "PUBLISH_DENIED" || error.subject !== this.#subject) return;
    if (this.#state === "committing" || this.#flow.isFull) this.#outcome.fail(error);
  }

  #onStored(report: IngestReport): void {
    this.#report = report;
    this.#finish();
  }

  #end(error: NatsError): void {
    if (this.#state === "over") return;
    this.#error = error;
    this.#finish();
  }

  #finish(): void {
    this.#state = "over";
    this.#watch.stop();
    this.#subscription?.unsubscribe();
    this.#stopHearing?.();
    this.#waitingForAcks.resolve();
    this.#waitingForEnd.resolve();
  }

  /** Why it takes no more, for one who is told. */
  #tellEnd(): NatsError {
    this.#isTold = true;
    if (this.#error !== undefined) return withStackOfCaller(copyOf(this.#error));
    return ingestEnded("it was committed", this.acked, { subject: this.#subject });
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const facts = {
      state: this.#state,
      subject: this.#subject === "" ? undefined : this.#subject,
      sent: this.#flow.sent,
      acked: this.acked,
    };
    return inspected("Ingest", facts, depth, options, inspect);
  }
}
