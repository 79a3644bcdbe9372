import type { Message } from "../../core/message.ts";
import type { MessageHeaders } from "../../core/protocol/headers.ts";
import type { Schema } from "../../core/values/schema.ts";
import { JetStreamError } from "../errors.ts";
import { StoredMessage } from "./stored-message.ts";
import { parseTime } from "./time-nanos.ts";

// JS-GET-01, JS-GET-02
/** A message as a direct get answers: its facts are headers, behind its own. */
class DirectMessage<T> extends StoredMessage<T> {
  readonly stream: string;
  readonly seq: number;
  readonly timeNanos: bigint;
  readonly pending: number | undefined;
  readonly schema: Schema | undefined;
  readonly #subject: string;

  constructor(message: Message, schema: Schema | undefined) {
    super(message);
    const { headers } = message;
    // What the server has added: a message that was republished may have headers of that name of its own before it.
    const stream = headers?.takeLast("Nats-Stream");
    const subject = headers?.takeLast("Nats-Subject");
    const seq = Number(headers?.takeLast("Nats-Sequence"));
    const time = parseTime(headers?.takeLast("Nats-Time-Stamp"));
    const pending = headers?.takeLast("Nats-Num-Pending");
    headers?.takeLast("Nats-Last-Sequence");
    if (stream === undefined || subject === undefined || time === undefined || !Number.isSafeInteger(seq))
      throw unreadable(stream);
    this.stream = stream;
    this.#subject = subject;
    this.seq = seq;
    this.timeNanos = time;
    this.pending = pending === undefined ? undefined : Number(pending);
    this.schema = schema;
  }

  override get subject(): string {
    return this.#subject;
  }

  override get headers(): MessageHeaders | undefined {
    const own = super.headers;
    return own?.size === 0 ? undefined : own;
  }
}

/**
 * The message in an answer of a direct get that is no status (see `Message.statusCode`); without the headers that the
 * server put in. Throws `INVALID_RESPONSE` if those are missing.
 */
export function directMessage<T = unknown>(answer: Message, schema?: Schema): StoredMessage<T> {
  return new DirectMessage<T>(answer, schema);
}

function unreadable(stream: string | undefined): JetStreamError {
  const text = "the answer of a direct get has not the headers that tell which message it is";
  return new JetStreamError("INVALID_RESPONSE", text, { stream });
}
