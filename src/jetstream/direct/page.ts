import type { Message } from "../../core/message.ts";
import type { MessageHeaders } from "../../core/protocol/headers.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import type { DirectRequest } from "./direct-request.ts";
import { directError, latePage, needsBatches } from "./direct-errors.ts";

/** What one request for many messages was answered with. */
export interface Page {
  readonly messages: readonly Message[];
  /** Undefined if there are no such messages. */
  readonly end: PageEnd | undefined;
}

/** The end mark. */
interface PageEnd {
  /** Messages that follow. Of a page without headers it may count those of the page too. */
  readonly pending: number;
  readonly lastSequence: number;
  /** The last sequence of the stream that was looked at, of a read of last messages. */
  readonly upToSequence: number | undefined;
}

export interface PageLimits {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

// JS-GET-02
/** Asks for many messages, and waits until all of the page have come. */
export async function readPage(
  context: Context,
  stream: string,
  request: DirectRequest,
  { timeout, signal }: PageLimits,
): Promise<Page> {
  const subject = `${context.prefix}.DIRECT.GET.${stream}`;
  const options = signal === undefined ? { maxWait: timeout } : { maxWait: timeout, signal };
  const messages: Message[] = [];
  for await (const reply of context.connection.requestMany(subject, JSON.stringify(request), options)) {
    const status = reply.statusCode;
    if (status === undefined) {
      if (messages.length === 0 && !isOfBatch(reply, request)) throw needsBatches(stream);
      messages.push(reply);
    } else if (status === 204) {
      return { messages, end: readEnd(reply, stream) };
    } else if (status === 404 && messages.length === 0) {
      return { messages, end: undefined };
    } else {
      throw directError(reply, stream);
    }
  }
  throw latePage(subject, timeout, messages.length);
}

/** Older servers pass over what asks for many, and answer with one message as ever. */
function isOfBatch(reply: Message, request: DirectRequest): boolean {
  if (request.no_hdr === true) return reply.headerBlock === undefined;
  return reply.headers?.has("Nats-Num-Pending") === true;
}

function readEnd({ headers }: Message, stream: string): PageEnd {
  const pending = sequenceOf(headers, "Nats-Num-Pending");
  const lastSequence = sequenceOf(headers, "Nats-Last-Sequence");
  if (pending === undefined || lastSequence === undefined) {
    const text = `the end mark of a read from the stream "${stream}" can't be read`;
    throw new JetStreamError("INVALID_RESPONSE", text, { stream });
  }
  return { pending, lastSequence, upToSequence: sequenceOf(headers, "Nats-UpTo-Sequence") };
}

/** Whether none of the messages was lost on its way: each tells which one was sent before it. */
export function isWhole({ messages, end }: Page): boolean {
  let previous: number | undefined = 0;
  for (const { headers } of messages) {
    if (sequenceOf(headers, "Nats-Last-Sequence") !== previous) return false;
    previous = sequenceOf(headers, "Nats-Sequence");
  }
  return end === undefined || end.lastSequence === previous;
}

/** The last value: the server adds its headers behind those of the message, which may have some of that name itself. */
function sequenceOf(headers: MessageHeaders | undefined, name: string): number | undefined {
  const value = Number(headers?.last(name) ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}
