import { aBoolean, aSignal, type Checks, checkOptions, milliseconds } from "../../core/checks.ts";
import { isNatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { Schema } from "../../core/values/schema.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import { directMessage } from "../message/direct-message.ts";
import { jsonMessage } from "../message/json-message.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import type { KnownStream } from "../stream/known-stream.ts";
import { directError } from "./direct-errors.ts";
import type { DirectRequest } from "./direct-request.ts";
import { checkQuery, type MessageQuery } from "./message-query.ts";

/** Options of `Stream.get`. */
export interface ReadOptions extends WaitOptions {
  /** Asks the leader, which knows every acked message; replicas may lag. @default false */
  readonly leader?: boolean;
}

const READ: Checks<ReadOptions> = { timeout: milliseconds, signal: aSignal, leader: aBoolean };

/** The `err_code` for "no message found". */
const NO_MESSAGE = 10037;

/** Reads single messages: by direct get where the stream allows it, else from its leader. */
export class MessageReader {
  readonly #context: Context;
  readonly #stream: KnownStream;

  constructor(context: Context, stream: KnownStream) {
    this.#context = context;
    this.#stream = stream;
  }

  async read<T>(
    query: MessageQuery,
    options: ReadOptions,
    schema: Schema | undefined,
  ): Promise<StoredMessage<T> | undefined> {
    const request = checkQuery(query);
    const { leader = false, ...limits } = checkOptions(options, READ);
    if (!leader && (await this.#stream.allowsDirect(limits))) {
      try {
        return await this.#readDirect<T>(request, limits, schema);
      } catch (error) {
        // The stream may have gone, or have no server that answers; or it no longer allows direct reads.
        if (!isNatsError(error, "NO_RESPONDERS")) throw error;
        this.#stream.forgetDirect();
      }
    }
    return await this.#readFromLeader<T>(request, limits, schema);
  }

  // JS-GET-01
  async #readDirect<T>(
    request: DirectRequest,
    limits: WaitOptions,
    schema: Schema | undefined,
  ): Promise<StoredMessage<T> | undefined> {
    const reply = await this.#ask(request, limits);
    const status = reply.statusCode;
    if (status === undefined) return directMessage<T>(reply, schema);
    if (status === 404) return undefined;
    throw directError(reply, this.#stream.name);
  }

  /** The last message of a subject has a subject of its own, for permissions and exports can be given by it. */
  #ask(request: DirectRequest, limits: WaitOptions): Promise<Message> {
    const { connection, prefix, timeout } = this.#context;
    const subject = `${prefix}.DIRECT.GET.${this.#stream.name}`;
    const { last_by_subj: last } = request;
    const options = { timeout, ...limits };
    return last !== undefined && !hasWildcard(last)
      ? connection.request(`${subject}.${last}`, undefined, options)
      : connection.request(subject, JSON.stringify(request), options);
  }

  // JS-STR-09
  async #readFromLeader<T>(
    request: DirectRequest,
    limits: WaitOptions,
    schema: Schema | undefined,
  ): Promise<StoredMessage<T> | undefined> {
    const stream = this.#stream.name;
    const call = { subject: `STREAM.MSG.GET.${stream}`, body: { ...request }, stream, options: limits };
    try {
      return jsonMessage<T>(stream, await this.#context.api.request(call), schema);
    } catch (error) {
      if (error instanceof JetStreamError && error.errCode === NO_MESSAGE) return undefined;
      throw error;
    }
  }
}

function hasWildcard(subject: string): boolean {
  return subject.split(".").some((token) => token === "*" || token === ">");
}
