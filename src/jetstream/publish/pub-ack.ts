import type { NatsError } from "../../core/errors.ts";
import { readApiError } from "../api/read-error.ts";
import { JetStreamError } from "../errors.ts";
import { type AckFields, ackFields, isCount } from "./ack-fields.ts";
import type { BatchAck, PubAck } from "./message-options.ts";
import { explained } from "./refusal-hints.ts";

// {"stream":"ORDERS","domain":"hub","seq":1,"duplicate": true,"val":"3","batch":"id","count":2} · {"error":{…},"stream":"ORDERS"}
/**
 * What a stream says to a message on `subject`: that it is stored; or why not, as the error to reject with. Text that is no
 * ack becomes an `INVALID_RESPONSE`.
 */
export function readPubAck(text: string, subject: string): PubAck | NatsError {
  const fields = ackFields(text);
  if (fields === undefined) return unreadable(text, subject);
  const { error, stream } = fields;
  const name = typeof stream === "string" && stream !== "" ? stream : undefined;
  if (error !== undefined && error !== null)
    return explained(readApiError(error, { subject, stream: name }, `"${subject}"`));
  return (name === undefined ? undefined : ackOf(name, fields)) ?? unreadable(text, subject);
}

/** As {@link readPubAck}, of the ack that ends a batch; undefined for the ack of one message. */
export function batchAck(ack: PubAck): BatchAck | undefined {
  return "batch" in ack ? (ack as BatchAck) : undefined;
}

function ackOf(stream: string, fields: AckFields): PubAck | undefined {
  const { seq, domain, duplicate, val, batch, count } = fields;
  if (!isCount(seq)) return undefined;
  const ack: { -readonly [K in keyof BatchAck]?: BatchAck[K] } = {
    stream,
    seq,
    duplicate: duplicate === true,
  };
  if (typeof domain === "string") ack.domain = domain;
  if (typeof val === "string") {
    const value = bigintOf(val);
    if (value === undefined) return undefined;
    ack.value = value;
  }
  if (typeof batch === "string") {
    if (!isCount(count)) return undefined;
    ack.batch = batch;
    ack.count = count;
  }
  return ack as PubAck;
}

/** A counter's value, which may be larger than any number. */
function bigintOf(text: string): bigint | undefined {
  return /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined;
}

/** How much of an answer that can't be read is told. */
const TOLD = 100;

function unreadable(text: string, subject: string): JetStreamError {
  const beginning = JSON.stringify(text.length > TOLD ? `${text.slice(0, TOLD)}…` : text);
  const message = `the answer to a publish to "${subject}" is no ack of a stream: ${beginning}`;
  return new JetStreamError("INVALID_RESPONSE", message, { subject, sent: true });
}
