import { JetStreamError } from "../errors.ts";
import type { StoredMessage } from "../message/stored-message.ts";

/** What a counter has come to. */
export interface CounterValue {
  readonly subject: string;
  readonly value: bigint;
  /** What came from elsewhere, by stream and by the subject there. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, bigint>>>>;
}

// JS-CTR-03, JS-CTR-05
/** The counter in the last message of its subject. Throws `INVALID_RESPONSE` if that is none. */
export function readCounter(message: StoredMessage): CounterValue {
  const { subject, stream } = message;
  try {
    return { subject, value: readValueOf(message), sources: readSources(message) };
  } catch (cause) {
    const text = `the last message on "${subject}" of the stream "${stream}" is no counter`;
    throw new JetStreamError("INVALID_RESPONSE", text, { stream, subject, cause });
  }
}

// { "val": "-12" }
function readValueOf(message: StoredMessage): bigint {
  const { val } = message.json<{ readonly val: string }>();
  return integer(val);
}

// Nats-Counter-Sources: { "<stream>": { "<subject>": "12" } }
function readSources({ headers }: StoredMessage): CounterValue["sources"] {
  const text = headers?.get("Nats-Counter-Sources");
  if (text === undefined) return {};
  const json = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  return mapped(json, (subjects) => mapped(subjects, integer));
}

/** `BigInt` takes an empty text for 0. */
function integer(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new SyntaxError(`${text} is no whole number`);
  return BigInt(text.replace("+", ""));
}

function mapped<A, B>(
  values: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
