import type { MessageHeaders } from "../../core/protocol/headers.ts";
import { StoredMessage } from "../message/stored-message.ts";
import type { DeathReason } from "../work/retry-plan.ts";
import {
  type LetterFacts,
  originalHeaders,
  type PastDeath,
  readFacts,
  readHistory,
} from "./letter-headers.ts";

/** Which letters: those that match every field. */
export interface DeadLetterFilter {
  /** The subject of the message, which may have wildcards. Letters whose message was gone have none. */
  readonly subject?: string;
  /** The consumer that gave it up. */
  readonly consumer?: string;
  /** One letter. */
  readonly id?: number;
}

/** A message that a consumer has given up. */
export interface DeadLetter {
  /** Its number among the dead letters. */
  readonly id: number;
  /** When it became one. */
  readonly time: Date;
  readonly consumer: string;
  /** The sequence of the message in its stream. */
  readonly seq: number;
  /** How often it was delivered. */
  readonly deliveries: number;
  /** The message, with its own subject, sequence, time and headers; undefined if it was gone before it could be copied. */
  readonly message: StoredMessage | undefined;
  /** terminated: by a `term`, for its error will not go away. max-deliveries: it was delivered `maxDeliver` times. */
  readonly reason: DeathReason;
  /** What the handler threw, or the reason of the `term`. */
  readonly cause?: string;
  /** Its earlier deaths, if it was replayed: the first one first. */
  readonly history: readonly PastDeath[];
}

/** The message of a letter, as its stream had it. */
class OriginalMessage extends StoredMessage {
  readonly stream: string;
  readonly seq: number;
  readonly timeNanos: bigint;
  readonly pending = undefined;
  readonly schema = undefined;
  readonly #subject: string;
  readonly #headers: MessageHeaders | undefined;

  constructor(
    letter: StoredMessage,
    facts: LetterFacts,
    { subject, timeNanos }: NonNullable<LetterFacts["message"]>,
  ) {
    super(letter.received);
    this.stream = facts.stream;
    this.seq = facts.seq;
    this.timeNanos = timeNanos;
    this.#subject = subject;
    this.#headers = originalHeaders(letter.headers);
  }

  override get subject(): string {
    return this.#subject;
  }

  override get headers(): MessageHeaders | undefined {
    return this.#headers;
  }
}

/** The letter in a message of the stream that keeps letters; undefined if it is none. */
export function readLetter(letter: StoredMessage): DeadLetter | undefined {
  const facts = readFacts(letter.headers);
  if (facts === undefined) return undefined;
  const { consumer, seq, deliveries, reason, cause, message } = facts;
  return {
    id: letter.seq,
    time: letter.time,
    consumer,
    seq,
    deliveries,
    message: message === undefined ? undefined : new OriginalMessage(letter, facts, message),
    reason,
    ...(cause === undefined ? {} : { cause }),
    history: readHistory(letter.headers),
  };
}
