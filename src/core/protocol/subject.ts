import { ArgumentError } from "../errors.ts";
import { ASTERISK, DELETE, DOT, GREATER, SPACE } from "./ascii.ts";
import { hasLoneSurrogate } from "./text.ts";

/** Longer than any server's control line allows (4 KiB unless configured), and well within one outbound slab. */
export const MAX_SUBJECT_LENGTH = 8192;

const FORBIDDEN = "white space and control characters are not allowed";

/** It would reach the server as U+FFFD, which is another name. */
const HALF_A_PAIR = "it has half of a surrogate pair, which has no UTF-8";

// PUB-03
/**
 * Throws unless `subject` names exactly one subject: no empty token, white space or control character, no half of a
 * surrogate pair, and no token that is a wildcard. nats.go lets these pass, and a line break corrupts its stream.
 */
export function checkPublishSubject(subject: string, argument = "subject"): void {
  const wildcards = checkTokens(subject, argument);
  if (wildcards > 0) throw invalidSubject(subject, argument, "a wildcard can't be published to");
}

/** Throws unless `subject` can be subscribed to: as for publishing, with `*` and a final `>` allowed (SUB-03). */
export function checkSubscribeSubject(subject: string): void {
  checkTokens(subject, "subject");
  const tail = subject.indexOf(">");
  if (tail < 0 || tail === subject.length - 1) return;
  if (subject.split(".").slice(0, -1).includes(">")) {
    throw invalidSubject(subject, "subject", '">" is only allowed as the last token');
  }
}

/** Throws unless `queue` can name a queue group (SUB-04). */
export function checkQueue(queue: string): void {
  if (typeof queue !== "string") throw wrongQueue("a queue group must be a string");
  for (let i = 0; i < queue.length; i++) {
    if (isForbidden(queue.charCodeAt(i))) throw invalidQueue(queue, FORBIDDEN);
  }
  if (hasLoneSurrogate(queue)) throw invalidQueue(queue, HALF_A_PAIR);
  if (queue.length > MAX_SUBJECT_LENGTH)
    throw wrongQueue(`a queue group of ${queue.length} characters is too long`);
}

function invalidQueue(queue: string, reason: string): ArgumentError {
  return wrongQueue(`invalid queue group ${JSON.stringify(queue)}: ${reason}`, queue);
}

function wrongQueue(message: string, queue?: string): ArgumentError {
  return new ArgumentError("INVALID_QUEUE", message, { argument: "queue", queue });
}

/** Counts the tokens that are wildcards. */
function checkTokens(subject: string, argument: string): number {
  if (typeof subject !== "string") {
    throw new ArgumentError("INVALID_SUBJECT", `the ${argument} must be a string, not ${typeof subject}`, {
      argument,
    });
  }
  if (subject.length > MAX_SUBJECT_LENGTH) {
    throw invalidSubject(`${subject.slice(0, 32)}…`, argument, `it has ${subject.length} characters`);
  }
  let wildcards = 0;
  let tokenStart = 0;
  let isAscii = true;
  for (let i = 0; i <= subject.length; i++) {
    const unit = i < subject.length ? subject.charCodeAt(i) : DOT;
    if (unit === DOT) {
      if (i === tokenStart) throw invalidSubject(subject, argument, "it has an empty token");
      if (i - tokenStart === 1 && isWildcard(subject.charCodeAt(tokenStart))) wildcards++;
      tokenStart = i + 1;
    } else if (isForbidden(unit)) {
      throw invalidSubject(subject, argument, FORBIDDEN);
    } else if (unit > DELETE) {
      isAscii = false;
    }
  }
  if (!isAscii && hasLoneSurrogate(subject)) throw invalidSubject(subject, argument, HALF_A_PAIR);
  return wildcards;
}

function isWildcard(unit: number): boolean {
  return unit === ASTERISK || unit === GREATER;
}

function isForbidden(unit: number): boolean {
  return unit <= SPACE || unit === DELETE;
}

function invalidSubject(subject: string, argument: string, reason: string): ArgumentError {
  const message = `invalid ${argument} ${JSON.stringify(subject)}: ${reason}`;
  return new ArgumentError("INVALID_SUBJECT", message, { argument, subject });
}
