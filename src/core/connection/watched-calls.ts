import {
  type Checked,
  checkRequestManyOptions,
  type PublishOptions,
  type RequestManyOptions,
  type RequestOptions,
} from "../call-options.ts";
import type { AsyncSequence } from "../delivery/async-sequence.ts";
import type { MessageCallback } from "../delivery/callback-delivery.ts";
import type { Message, Payload } from "../message.ts";
import type { Publisher } from "../outbound/publisher.ts";
import { headers, type HeadersInit, isHeaders, MessageHeaders } from "../protocol/headers.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { Requests } from "../requests/requests.ts";
import type { Watcher } from "../watcher.ts";
import { WatchedResponses } from "./watched-responses.ts";

/** What watched calls need of the connection. The watcher gets it as it is. */
export interface WatchedCallsHost {
  readonly info: ServerInfo | undefined;
}

/** Calls of a connection while somebody watches: the watcher is told of each, and may add headers. */
export class WatchedCalls {
  readonly #watcher: Watcher;
  readonly #connection: WatchedCallsHost;
  readonly #publisher: Publisher;
  readonly #requests: Requests;

  constructor(watcher: Watcher, connection: WatchedCallsHost, publisher: Publisher, requests: Requests) {
    this.#watcher = watcher;
    this.#connection = connection;
    this.#publisher = publisher;
    this.#requests = requests;
  }

  /** The options are checked. */
  publish(subject: string, data: Payload, options: Checked<PublishOptions> = {}): void {
    const all = copied(options.headers);
    const { reply } = options;
    this.#watcher.publish({ connection: this.#connection, subject, data, reply, headers: all }, () => {
      this.#publisher.publish(subject, data, { ...options, ...this.#toSend(all) });
    });
  }

  /** The headers go out as they came, unless some are added: then those go that can be read, and what is added. */
  forward(message: Message, subject: string): void {
    const { data, headerBlock, reply } = message;
    const all = readable(headerBlock);
    const before = JSON.stringify(all);
    this.#watcher.publish({ connection: this.#connection, subject, data, reply, headers: all }, () => {
      const changed = JSON.stringify(all) === before ? undefined : this.#toSend(all).headers;
      const block = changed === undefined ? headerBlock : this.#publisher.encodeHeaders(subject, changed);
      this.#publisher.forward(subject, data, block, reply);
    });
  }

  /** The options are not checked. Throws what they are refused with. */
  request(subject: string, data: Payload, options: RequestOptions = {}): Promise<Message> {
    const checked = this.#requests.check(options);
    const all = copied(checked.headers);
    const call = { connection: this.#connection, subject, data, reply: undefined, headers: all };
    return this.#watcher.request(call, () =>
      this.#requests.request(subject, data, { ...checked, ...this.#toSend(all) }),
    );
  }

  /** The options are not checked. Throws what they are refused with; the rest is told when the first response is asked for. */
  requestMany(subject: string, data: Payload, options: RequestManyOptions): AsyncSequence<Message> {
    // Nothing is sent by it: what is wrong is refused at once, as in a call that nobody watches.
    void this.#requests.requestMany(subject, data, options);
    const checked = checkRequestManyOptions(options);
    const all = copied(checked.headers);
    // It is sent later, and the application may use its array again.
    const content = typeof data === "object" ? new Uint8Array(data) : data;
    const call = { connection: this.#connection, subject, data: content, reply: undefined, headers: all };
    return new WatchedResponses(
      (ask) => this.#watcher.request(call, ask),
      () => this.#requests.requestMany(subject, content, { ...checked, ...this.#toSend(all) }),
    );
  }

  handler(callback: MessageCallback): MessageCallback {
    return this.#watcher.handler(this.#connection, callback);
  }

  /** What a tracer adds must not be the reason that an old server gets nothing. */
  #toSend(all: MessageHeaders): { readonly headers?: MessageHeaders } {
    return all.size === 0 || this.#connection.info?.headers === false ? {} : { headers: all };
  }
}

/** For whoever watches to add to; received headers may hold what a copy would refuse. */
function copied(given: HeadersInit | undefined): MessageHeaders {
  try {
    return headers(given);
  } catch (thrown) {
    if (isHeaders(given)) return given;
    throw thrown;
  }
}

/** What can be read of received headers; the rest is told to whoever reads the message. */
function readable(block: Uint8Array | undefined): MessageHeaders {
  return block === undefined ? headers() : MessageHeaders.decode(block, 0, block.length, () => undefined);
}
