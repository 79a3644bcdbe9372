import { joinedMessage } from "../../core/delivery/joined-message.ts";
import { encodeText } from "../../core/protocol/text.ts";
import type { Schema } from "../../core/values/schema.ts";
import type { ApiAnswer } from "../api/api.ts";
import { JetStreamError } from "../errors.ts";
import { StoredMessage } from "./stored-message.ts";
import { parseTime } from "./time-nanos.ts";

/** `message` in the answer of `STREAM.MSG.GET`. */
interface MessageJson {
  readonly subject?: unknown;
  readonly seq?: unknown;
  readonly time?: unknown;
  /** Both base64. */
  readonly hdrs?: unknown;
  readonly data?: unknown;
}

// JS-STR-09
/** A message as the API answers with it. */
class JsonMessage<T> extends StoredMessage<T> {
  readonly stream: string;
  readonly seq: number;
  readonly timeNanos: bigint;
  readonly pending = undefined;
  readonly schema: Schema | undefined;

  constructor(stream: string, json: MessageJson, schema: Schema | undefined) {
    const { subject, seq, time } = json;
    const nanos = parseTime(time);
    if (typeof subject !== "string" || !Number.isSafeInteger(seq) || nanos === undefined)
      throw unreadable(stream);
    const headers = readBase64(stream, json.hdrs);
    super(joinedMessage([encodeText(subject), new Uint8Array(), headers, readBase64(stream, json.data)]));
    this.stream = stream;
    this.seq = seq as number;
    this.timeNanos = nanos;
    this.schema = schema;
  }
}

/** The message in an answer of `STREAM.MSG.GET`. Throws `INVALID_RESPONSE`. */
export function jsonMessage<T = unknown>(
  stream: string,
  answer: ApiAnswer,
  schema?: Schema,
): StoredMessage<T> {
  const { message } = answer;
  if (typeof message !== "object" || message === null) throw unreadable(stream);
  return new JsonMessage<T>(stream, message, schema);
}

function readBase64(stream: string, text: unknown): Uint8Array {
  if (text === undefined) return new Uint8Array();
  if (typeof text !== "string") throw unreadable(stream);
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch (cause) {
    throw unreadable(stream, cause);
  }
}

function unreadable(stream: string, cause?: unknown): JetStreamError {
  const text = `the answer for a message of the stream "${stream}" can't be read`;
  return new JetStreamError("INVALID_RESPONSE", text, { stream, cause });
}
