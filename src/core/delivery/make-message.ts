import { checkPublishOptions, someHeaders } from "../call-options.ts";
import { aFunction, aString, type Check, type Checks, checkOptions } from "../checks.ts";
import type { Message, Payload, RespondOptions } from "../message.ts";
import { checkPayload } from "../outbound/payload.ts";
import { HeaderBlocks } from "../protocol/header-blocks.ts";
import type { HeadersInit } from "../protocol/headers.ts";
import { checkPublishSubject } from "../protocol/subject.ts";
import { encodeText } from "../protocol/text.ts";
import { joinedMessage, type MessageParts } from "./joined-message.ts";

/** The content of a message for {@link makeMessage}. */
export interface MessageInit {
  readonly subject: string;
  /** Text (received as UTF-8), bytes, or nothing. */
  readonly data?: Payload;
  /** Made with `headers()`, or what that takes. */
  readonly headers?: HeadersInit;
  /** Where the sender expects a response. @default an inbox if there is `respond`; else none is expected */
  readonly reply?: string;
  /** Called for each `Message.respond`. Without it responses go nowhere. */
  readonly respond?: (data: Payload, options?: RespondOptions) => void;
}

/** What a message replies to that says only who takes the responses. */
const SOME_INBOX = "_INBOX.made.1";

const anything: Check<NonNullable<Payload>> = (_name, value) => value as NonNullable<Payload>;

type Responder = NonNullable<MessageInit["respond"]>;

const MESSAGE: Checks<MessageInit> = {
  subject: aString,
  data: anything,
  headers: someHeaders,
  reply: aString,
  respond: (name, value) => aFunction(name, value) as Responder,
};

/**
 * Makes a message that looks like a received one, to test handlers without a server. It has no subscription.
 *
 * Throws `INVALID_SUBJECT`, `INVALID_PAYLOAD`, `INVALID_HEADER` or `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { makeMessage, type Message } from "natspeed";
 *
 * const handler = (m: Message) => m.respond(`hello ${m.string()}`);
 *
 * const responses: unknown[] = [];
 * handler(makeMessage({ subject: "greet", data: "joe", respond: (data) => responses.push(data) }));
 * console.log(responses); // [ 'hello joe' ]
 * ```
 */
export function makeMessage(init: MessageInit): Message {
  const { subject, data, headers, respond, reply } = checkOptions(init, MESSAGE);
  checkPublishSubject(subject);
  checkPayload(data, subject);
  if (reply !== undefined) checkPublishSubject(reply, "reply");
  const parts: MessageParts = [
    encodeText(subject),
    encodeText(reply ?? (respond === undefined ? "" : SOME_INBOX)),
    headers === undefined ? new Uint8Array() : new HeaderBlocks().encode(someHeaders("headers", headers)),
    typeof data === "string" ? encodeText(data) : (data ?? new Uint8Array()),
  ];
  return joinedMessage(parts, responder(respond));
}

/** Checks responses as a publish would. */
function responder(respond: Responder | undefined) {
  return (
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    data: Payload,
    options?: RespondOptions,
  ): void => {
    checkPayload(data, "a response");
    if (options === undefined) {
      respond?.(data);
      return;
    }
    const { reply } = checkPublishOptions(options);
    if (reply !== undefined) checkPublishSubject(reply, "reply");
    respond?.(data, options);
  };
}
