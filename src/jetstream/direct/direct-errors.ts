import type { Message } from "../../core/message.ts";
import { TimeoutError } from "../../core/errors.ts";
import { JetStreamError, type JetStreamErrorCode } from "../errors.ts";

// JS-GET-08
const CODES: Readonly<Record<number, JetStreamErrorCode>> = {
  412: "SERVER_TOO_OLD",
  413: "TOO_MANY_SUBJECTS",
  429: "TOO_MANY_REQUESTS",
};

/** What a status in the place of a message says. */
export function directError(reply: Message, stream: string): JetStreamError {
  const { status = 0, description } = reply.headers ?? {};
  const code = CODES[status] ?? "API_ERROR";
  const words = description === undefined ? `${status}` : `${status} ${description}`;
  const remedy = code === "TOO_MANY_SUBJECTS" ? ": a read may match 1,024 subjects" : "";
  const text = `the server refuses to read from the stream "${stream}": ${words}${remedy}`;
  return new JetStreamError(code, text, { stream, status, retryable: code === "TOO_MANY_REQUESTS" });
}

/** Nobody answers a read of many, for the stream does not allow it. */
export function needsDirect(stream: string, cause: unknown): JetStreamError {
  const text = `the stream "${stream}" does not allow direct reads, which a read of many messages needs: set allowDirect`;
  return new JetStreamError("INVALID_CONFIG", text, { stream, argument: "allowDirect", cause });
}

/** One message was answered where many were asked for. */
export function needsBatches(stream: string): JetStreamError {
  const text = `the server of the stream "${stream}" can't read many messages at once: that needs nats-server 2.11`;
  return new JetStreamError("SERVER_TOO_OLD", text, { stream });
}

/** Of what was answered something did not arrive, again and again. */
export function lostReplies(stream: string, tries: number): JetStreamError {
  const text = `messages that were read from the stream "${stream}" were lost on their way, ${tries} times`;
  return new JetStreamError("INVALID_RESPONSE", text, { stream, retryable: true });
}

/** The moment that was asked for is gone. */
export function replacedMeanwhile(stream: string, count: number): JetStreamError {
  const text = `${count} messages of the stream "${stream}" were replaced while the others were read: ask for fewer subjects at a time`;
  return new JetStreamError("TOO_MANY_SUBJECTS", text, { stream, retryable: true });
}

/** The end mark did not come. */
export function latePage(subject: string, timeout: number, received: number): TimeoutError {
  const text = `the read by "${subject}" timed out after ${timeout} ms: ${received} messages came, and no end mark`;
  return new TimeoutError(text, { subject, elapsed: timeout, sent: true });
}
