import {
  checkPublishOptions,
  type PublishOptions,
  type RequestManyOptions,
  type RequestOptions,
  resolveSubscribeOptions,
  type SubscribeOptions,
  wrongWait,
} from "../call-options.ts";
import { wrongValue } from "../checks.ts";
import type { AsyncSequence } from "../delivery/async-sequence.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { toError } from "../errors.ts";
import { closedError } from "../failures.ts";
import { isMessage, type Message, type Payload } from "../message.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Publisher } from "../outbound/publisher.ts";
import { checkSubscribeSubject } from "../protocol/subject.ts";
import type { Requests } from "../requests/requests.ts";
import type { Platform } from "../transport.ts";
import type { WaitOptions } from "../waiter.ts";
import type { Audience } from "../watcher.ts";
import { Foundation } from "./foundation.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { SteeredConnection } from "./steered-connection.ts";

/** A connection to NATS, as `connect` makes it. Its methods are safe to call in any state. */
export class Connection extends SteeredConnection {
  // Of the parts, those that each call needs: one step from here.
  readonly #publisher: Publisher;
  readonly #publishes: Audience;
  readonly #requests: Requests;
  readonly #requestsMade: Audience;
  readonly #lifecycle: Lifecycle;
  readonly #foundation: Foundation;

  /** @internal */
  constructor(options: ResolvedOptions, platform: Platform) {
    super(options, platform);
    const { parts } = this;
    this.#publisher = parts.publisher;
    this.#publishes = parts.publishes;
    this.#requests = parts.requests;
    this.#requestsMade = parts.requestsMade;
    this.#lifecycle = parts.lifecycle;
    this.#foundation = new Foundation(parts, (subject, data, request) =>
      this.request(subject, data, request),
    );
  }

  /** @internal */
  get foundation(): Foundation {
    return this.#foundation;
  }

  /**
   * Publishes text (sent as UTF-8), bytes, or nothing. Returns as soon as the message is buffered; it is sent together with
   * everything that is published in the same turn of the event loop. The payload has been copied by then: you may change it.
   *
   * Throws `INVALID_SUBJECT`, `INVALID_PAYLOAD`, `INVALID_OPTION`, `HEADERS_NOT_SUPPORTED`, `MAX_PAYLOAD_EXCEEDED`,
   * `CONTROL_LINE_TOO_LONG` (see `maxControlLine`), `OUTBOUND_LIMIT_EXCEEDED` (see `ready`), `DISCONNECTED` (with
   * `whileDisconnected: "throw"`), `CONNECTION_DRAINING` or `CONNECTION_CLOSED`; then nothing was written.
   *
   * @example
   * ```ts
   * import { connect, headers } from "natspeed";
   *
   * const nc = await connect();
   * nc.publish("greet.joe", "hello");
   * nc.publish("greet.sue", new Uint8Array([104, 105]), { headers: headers({ "X-Trace": "1" }) });
   * await nc.close();
   * ```
   */
  publish(subject: string, data?: Payload, options?: PublishOptions): void {
    const checked =
      options === undefined ? undefined : checkPublishOptions(options, this.parts.formerNames?.publish);
    if (this.#publishes.hasSubscribers) this.parts.watched!.publish(subject, data, checked);
    else this.#publisher.publish(subject, data, checked);
  }

  /**
   * Publishes a received message again, to its own subject or to `subject`. Headers (even if they can't be read) and payload
   * stay the same byte for byte. The reply subject stays too, so that responses go to the original sender. The message may
   * have come by another connection.
   *
   * Throws what {@link publish} throws, and `INVALID_OPTION` for something that is not a message.
   */
  forward(message: Message, subject?: string): void {
    if (!isMessage(message)) throw wrongValue("message", "a message", message);
    const to = subject ?? message.subject;
    if (this.#publishes.hasSubscribers) this.parts.watched!.forward(message, to);
    else this.#publisher.forward(to, message.data, message.headerBlock, message.reply);
  }

  /**
   * Resolves when there is room in the outbound buffer: at once unless more than `highWaterMark` bytes wait. Await it before
   * each message in a loop that publishes a lot: then timers, signals and received messages also get their turn, every few
   * milliseconds. Rejects with `TIMEOUT`, `ABORTED` or `CONNECTION_CLOSED`.
   */
  ready(options?: WaitOptions): Promise<void> {
    if (options !== undefined) {
      const wrong = wrongWait(options);
      if (wrong !== undefined) return Promise.reject(wrong);
    }
    if (this.#lifecycle.state === "closed") return Promise.reject(closedError());
    return this.parts.outbox.ready(options === undefined ? {} : this.parts.signals.limits(options));
  }

  /**
   * Subscribes to a subject, which may have wildcards: `*` for one token, `>` for all that follow. With a `callback` messages
   * go there; without one they are queued until you read them from the subscription.
   *
   * Throws `INVALID_SUBJECT`, `INVALID_QUEUE`, `INVALID_OPTION`, `CONTROL_LINE_TOO_LONG` (see `maxControlLine`),
   * `CONNECTION_DRAINING` or `CONNECTION_CLOSED`. If the server refuses the subscription, an `error` event follows later: with
   * the code `SUBSCRIBE_DENIED` for a forbidden subject, or `CONTROL_LINE_TOO_LONG` for a line that is too long for the server.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * const sub = nc.subscribe("greet.*", { max: 1 });
   * nc.publish("greet.joe", "hello");
   * for await (const m of sub) console.log(m.subject, m.string());
   * await nc.close();
   * ```
   */
  subscribe(subject: string, options: SubscribeOptions = {}): Subscription {
    checkSubscribeSubject(subject);
    const resolved = resolveSubscribeOptions(
      options,
      this.parts.options.pending,
      this.parts.formerNames?.subscribe,
    );
    const { subscriptions, table, watched } = this.parts;
    table.check(subject, resolved.queue);
    this.#lifecycle.checkOpen(subject);
    const { callback } = resolved;
    if (watched === undefined || callback === undefined) {
      return subscriptions.add(subject, resolved);
    }
    return subscriptions.add(subject, { ...resolved, callback: watched.handler(callback) });
  }

  /**
   * Publishes a request and resolves with the first response.
   *
   * Rejects with `NO_RESPONDERS` (at once, if nobody subscribes to the subject), `TIMEOUT`, `ABORTED`, `DISCONNECTED` (the link
   * was lost; `sent` says whether the request may have been processed), `CONNECTION_CLOSED`, and with everything that
   * `publish` throws.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * nc.subscribe("time", { callback: (m) => m.respond(new Date().toISOString()) });
   * const reply = await nc.request("time", undefined, { timeout: 1000 });
   * console.log(reply.string());
   * await nc.close();
   * ```
   */
  request(subject: string, data?: Payload, options?: RequestOptions): Promise<Message> {
    try {
      return this.#requestsMade.hasSubscribers
        ? this.parts.watched!.request(subject, data, options)
        : this.#requests.request(subject, data, options);
    } catch (error) {
      return Promise.reject(toError(error));
    }
  }

  /**
   * Publishes a request when the loop over the result begins, and hands out responses until one of the options ends it or you
   * leave the loop. Wrong arguments throw at once. The loop throws what `request` rejects with, except that `maxWait` simply
   * ends the loop.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * for (const name of ["a", "b"]) nc.subscribe("ping", { callback: (m) => m.respond(name) });
   * for await (const m of nc.requestMany("ping", undefined, { maxWait: 500, maxMessages: 2 })) {
   *   console.log(m.string());
   * }
   * await nc.close();
   * ```
   */
  requestMany(subject: string, data?: Payload, options: RequestManyOptions = {}): AsyncSequence<Message> {
    return this.#requestsMade.hasSubscribers
      ? this.parts.watched!.requestMany(subject, data, options)
      : this.#requests.requestMany(subject, data, options);
  }

  /** A new subject to receive responses on, under the connection's `inboxPrefix`. */
  newInbox(): string {
    return this.parts.inboxes.next();
  }
}
