import { SUBJECTS } from "./send-log.ts";

/** Every so many messages one is large: 32 KiB and more take another way through the client. */
const LARGE_EVERY = 97;

/** Subjects from this one on are for queue groups. */
const FIRST_OF_GROUPS = 2;

/**
 * The subject of a publisher's message `g`. Queue groups have subjects of their own: when a server that was frozen finds
 * its member of a group gone, it sends the message back to another server, whose plain subscribers then get it again
 * (nats-server 2.15.2).
 */
export function subjectOf(publisher: string, g: number): string {
  const subject = g % SUBJECTS;
  return `${subject < FIRST_OF_GROUPS ? "chaos" : "work"}.${publisher}.${subject}`;
}

/** The text of a publisher's message `g`: who and which, and a filling whose length and letter tell of damage. */
export function payloadOf(publisher: string, g: number): string {
  const length = g % LARGE_EVERY === 0 ? 33_000 + (g % 7) * 1000 : (g * 31) % 200;
  return `${publisher} ${g} ${String.fromCodePoint(97 + (g % 26)).repeat(length)}`;
}

/** Who sent which message, or undefined if it is damaged or came on the wrong subject. */
export function readPayload(
  subject: string,
  text: string,
): { readonly publisher: string; readonly g: number } | undefined {
  const [publisher = "", number = ""] = text.split(" ", 2);
  const g = Number(number);
  if (!Number.isInteger(g) || text !== payloadOf(publisher, g) || subject !== subjectOf(publisher, g)) {
    return undefined;
  }
  return { publisher, g };
}
