import { isNatsError } from "../../core/errors.ts";
import { rest } from "../../core/rest.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { JetStream } from "../jetstream.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import type { Stream } from "../stream/stream.ts";
import { letterHeaders, type LetterFacts, readFacts } from "./letter-headers.ts";
import type { LetterSubjects } from "./letter-subjects.ts";

/** A death that is to be kept. */
export interface Dead extends Omit<LetterFacts, "stream" | "message"> {
  /** Tells this death of the message from others of the same message, for whoever knows of it. */
  readonly key: string;
}

/** Where letters are kept. */
export interface Keeper {
  readonly js: JetStream;
  /** The stream that keeps the letters. */
  readonly letters: Stream;
  /** The stream whose messages they are. */
  readonly source: Stream;
  readonly subjects: LetterSubjects;
}

/** Another copy of the same letter is being stored. */
const ATTEMPTS = 5;
const PAUSE = 100;

/** Stores a letter, unless there is one of this message. `message`: undefined if it is gone. */
export async function keepLetter(
  keeper: Keeper,
  dead: Dead,
  message: StoredMessage | undefined,
  limits: WaitOptions = {},
): Promise<void> {
  const whole =
    message !== undefined && isBodiless(message) ? await fetchDead(keeper, dead.seq, limits) : message;
  for (let attempt = 1; ; attempt++) {
    try {
      await store(keeper, dead, whole, limits, true);
      return;
    } catch (error) {
      if (!isNatsError(error, "WRONG_LAST_SEQUENCE")) throw error;
      if (error.lastSequence !== undefined) {
        // It may be the letter of another message: of a stream of that name that was made anew.
        const isOther = await isOfAnother(keeper, error.lastSequence, whole, limits);
        if (isOther) await store(keeper, dead, whole, limits, false);
        return;
      }
      if (attempt === ATTEMPTS) throw error;
      await rest(PAUSE, limits, { what: "another attempt to keep a dead letter" });
    }
  }
}

/** A message as its stream has it; undefined if it is gone. */
export async function fetchDead(
  { source }: Keeper,
  seq: number,
  limits: WaitOptions,
): Promise<StoredMessage | undefined> {
  try {
    return await source.get({ seq }, { ...limits, leader: true });
  } catch (error) {
    if (isNatsError(error, "STREAM_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function store(
  { js, letters, source, subjects }: Keeper,
  { key, ...facts }: Dead,
  message: StoredMessage | undefined,
  limits: WaitOptions,
  isFirst: boolean,
): Promise<void> {
  const stream = source.name;
  const known = `${stream}.${facts.consumer}.${facts.seq}.${key}`;
  await js.publish(subjects.of(facts, message?.subject), message?.data, {
    ...limits,
    headers: letterHeaders({ ...facts, stream, message }, message?.headers),
    // Several who know of the death may copy the message, also when the letter was replayed or purged meanwhile.
    msgId: isFirst ? known : `${known}.${message?.timeNanos}`,
    expect: isFirst
      ? { stream: letters.name, lastSubjectSequence: { filter: subjects.allOf(facts), sequence: 0 } }
      : { stream: letters.name },
  });
}

async function isOfAnother(
  { letters }: Keeper,
  id: number,
  message: StoredMessage | undefined,
  limits: WaitOptions,
): Promise<boolean> {
  if (message === undefined) return false;
  const there = await letters.get({ seq: id }, { ...limits, leader: true });
  const known = readFacts(there?.headers)?.message;
  return known !== undefined && known.timeNanos !== message.timeNanos;
}

// JS-CON-14
/** Whether it came without its payload. */
function isBodiless({ data, headers }: StoredMessage): boolean {
  return data.length === 0 && headers?.has("Nats-Msg-Size") === true;
}
