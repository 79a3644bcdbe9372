import { headers, type MessageHeaders } from "../../core/protocol/headers.ts";
import { encodeText, readText } from "../../core/protocol/text.ts";
import type { DeathReason } from "../work/retry-plan.ts";

/** The facts of a letter, as headers. */
const PREFIX = "Natspeed-Dead-";
/** The prefix of the message's headers that a server would act upon, or that look like ours. */
const ESCAPE = "Natspeed-Original-";
/** Earlier deaths of a message that was replayed: one value each. It travels with the message. */
const HISTORY = "Natspeed-Deaths";

/** What is known of a death beside the message. */
export interface LetterFacts {
  readonly stream: string;
  readonly consumer: string;
  readonly seq: number;
  readonly deliveries: number;
  readonly reason: DeathReason;
  readonly cause: string | undefined;
  /** Of the message; undefined if it was gone. */
  readonly message: { readonly subject: string; readonly timeNanos: bigint } | undefined;
}

/** The death of a message that was replayed after it. */
export interface PastDeath {
  readonly time: Date;
  readonly consumer: string;
  readonly seq: number;
  readonly reason: DeathReason;
  readonly cause?: string;
}

/** How long a message lives. */
const TTL = "Nats-TTL";
/** So many characters of a cause are kept. */
const CAUSE_LENGTH = 4096;
/** So many of an earlier cause, for they add up. */
const PAST_CAUSE_LENGTH = 256;

/** The headers of a letter: what is known of the death, and those of the message. */
export function letterHeaders(facts: LetterFacts, own: MessageHeaders | undefined): MessageHeaders {
  const all = headers();
  const { stream, consumer, seq, deliveries, reason, cause, message } = facts;
  all.set(`${PREFIX}Stream`, stream).set(`${PREFIX}Consumer`, consumer).set(`${PREFIX}Sequence`, String(seq));
  all.set(`${PREFIX}Deliveries`, String(deliveries)).set(`${PREFIX}Reason`, reason);
  if (cause !== undefined) all.set(`${PREFIX}Cause`, inOneLine(cause));
  if (message !== undefined) {
    all.set(`${PREFIX}Subject`, message.subject).set(`${PREFIX}Time`, String(message.timeNanos));
  }
  for (const [name, value] of own ?? []) append(all, isReserved(name) ? ESCAPE + name : name, value);
  return all;
}

/** What a letter says of a death; undefined for what is no letter. */
export function readFacts(letter: MessageHeaders | undefined): LetterFacts | undefined {
  const stream = letter?.get(`${PREFIX}Stream`);
  const consumer = letter?.get(`${PREFIX}Consumer`);
  const seq = Number(letter?.get(`${PREFIX}Sequence`));
  if (letter === undefined || stream === undefined || consumer === undefined || !Number.isSafeInteger(seq)) {
    return undefined;
  }
  const subject = letter.get(`${PREFIX}Subject`);
  const time = letter.get(`${PREFIX}Time`);
  const isThere = subject !== undefined && time !== undefined && /^\d+$/.test(time);
  return {
    stream,
    consumer,
    seq,
    deliveries: Number(letter.get(`${PREFIX}Deliveries`) ?? 0),
    reason: letter.get(`${PREFIX}Reason`) === "terminated" ? "terminated" : "max-deliveries",
    cause: letter.get(`${PREFIX}Cause`),
    message: isThere ? { subject, timeNanos: BigInt(time) } : undefined,
  };
}

/** The headers of a letter's message, as it had them. */
export function originalHeaders(letter: MessageHeaders | undefined): MessageHeaders | undefined {
  const own = headers();
  for (const [name, value] of letter ?? []) {
    if (name.startsWith(ESCAPE)) own.append(name.slice(ESCAPE.length), value);
    else if (!isReserved(name)) own.append(name, value);
  }
  return own.size === 0 ? undefined : own;
}

/**
 * The headers for a replay: those of the message, with this death in its history. Headers that a server acts upon stay escaped,
 * for the message id or an expectation would keep the message out. Only its time to live is restored, and begins anew.
 */
export function replayHeaders(
  own: MessageHeaders | undefined,
  { time, consumer, seq, reason, cause }: PastDeath,
): MessageHeaders {
  const all = headers();
  const wasReplayed = own?.has(HISTORY) === true;
  for (const [name, value] of own ?? []) {
    const isActedUpon = /^nats-/i.test(name) && name !== TTL;
    // Those of a replay before are its own; the message's are escaped already.
    if (isActedUpon && wasReplayed) continue;
    append(all, isActedUpon ? ESCAPE + name : name, value);
  }
  const death = { time, consumer, seq, reason, cause: cause?.slice(0, PAST_CAUSE_LENGTH) };
  return all.append(HISTORY, JSON.stringify(death));
}

/** The deaths before this one, the first one first. */
export function readHistory(letter: MessageHeaders | undefined): PastDeath[] {
  return (letter?.getAll(HISTORY) ?? []).flatMap(readDeath);
}

/** What can't be read was not written here. */
function readDeath(text: string): PastDeath[] {
  try {
    const { time, ...facts } = JSON.parse(text) as Omit<PastDeath, "time"> & { readonly time: string };
    return [{ ...facts, time: new Date(time) }];
  } catch {
    return [];
  }
}

/** Servers read the names of their headers in any case. */
function isReserved(name: string): boolean {
  return /^(nats-|natspeed-dead-|natspeed-original-)/i.test(name);
}

/** Adds a header. If this client can't send its name, which another client has sent, the header gets a name that it can. */
function append(all: MessageHeaders, name: string, value: string): void {
  const isSendable = /^[!-9;-~]+$/.test(name);
  all.append(isSendable ? name : ESCAPE + encodeURIComponent(name), value);
}

/** The text as a header can have it: without line breaks, and without half of a surrogate pair, which has no UTF-8. */
function inOneLine(text: string): string {
  const bytes = encodeText(text.slice(0, CAUSE_LENGTH).replaceAll(/[\r\n]+\s*/g, " "));
  return readText(bytes, 0, bytes.length);
}
