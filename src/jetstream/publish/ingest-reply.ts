import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { readApiError } from "../api/read-error.ts";
import type { JetStreamError } from "../errors.ts";
import { ackFields, isCount } from "./ack-fields.ts";
import { batchAck, readPubAck } from "./pub-ack.ts";
import type { BatchAck, PubAck } from "./message-options.ts";
import { explained } from "./refusal-hints.ts";

/** What the server says during an ingest. */
export type IngestReply =
  /** Messages up to `number` are stored, and an ack comes every `messages` from now on. */
  | { readonly type: "ack"; readonly number: number; readonly messages: number }
  /** Messages up to, and without, `to` were lost; nothing was if that is no higher. */
  | { readonly type: "gap"; readonly from: number; readonly to: number }
  | { readonly type: "refused"; readonly number: number; readonly error: JetStreamError }
  /** It has ended: all that is in it is stored. */
  | { readonly type: "end"; readonly ack: BatchAck }
  /** The server has stored a message by itself: it knows no ingest. */
  | { readonly type: "alone"; readonly ack: PubAck }
  | { readonly type: "nobody" }
  | { readonly type: "failed"; readonly error: NatsError };

const NO_RESPONDERS = 503;

// {"type":"ack","seq":100,"msgs":50} · {"type":"gap","last_seq":7,"seq":9} · {"type":"err","seq":8,"error":{…}} · a PubAck
/** Reads what came for an ingest that publishes to `subject`. */
export function readIngestReply(message: Message, subject: string): IngestReply {
  if (message.size === 0 && message.headers?.status === NO_RESPONDERS) return { type: "nobody" };
  const text = message.string();
  return flowOf(text, subject) ?? endOf(text, subject);
}

function flowOf(text: string, subject: string): IngestReply | undefined {
  const { type, seq, msgs, last_seq: expected, error } = ackFields(text) ?? {};
  if (!isCount(seq)) return undefined;
  if (type === "ack" && isCount(msgs)) return { type, number: seq, messages: Math.max(1, msgs) };
  if (type === "gap" && isCount(expected)) return { type, from: expected, to: seq };
  if (type !== "err") return undefined;
  return { type: "refused", number: seq, error: explained(readApiError(error, { subject })) };
}

function endOf(text: string, subject: string): IngestReply {
  const outcome = readPubAck(text, subject);
  if (isNatsError(outcome)) return { type: "failed", error: outcome };
  const ack = batchAck(outcome);
  return ack === undefined ? { type: "alone", ack: outcome } : { type: "end", ack };
}
