import type { Check } from "../../core/checks.ts";
import { isNatsError } from "../../core/errors.ts";
import { checkPublishSubject, checkQueue, checkSubscribeSubject } from "../../core/protocol/subject.ts";
import { invalidConfig } from "./invalid-config.ts";

/** A subject that can be published to. Throws `INVALID_SUBJECT`. */
export const aSubject: Check<string> = (name, value) => {
  checkPublishSubject(value as string, name);
  return value as string;
};

/** A subject that may have wildcards. Throws `INVALID_SUBJECT`. */
export const aFilter: Check<string> = (_name, value) => {
  checkSubscribeSubject(value as string);
  return value as string;
};

/** Throws `INVALID_CONFIG` unless it is a subject, which may have wildcards. */
export function checkFilter(subject: string, at: string): void {
  told(at, () => checkSubscribeSubject(subject));
}

/** Throws `INVALID_CONFIG` unless it is a subject without wildcards. */
export function checkLiteral(subject: string, at: string): void {
  told(at, () => checkPublishSubject(subject));
}

export function checkGroup(name: string, at: string): void {
  if (name === "") throw invalidConfig(at, "it must not be empty");
  told(at, () => checkQueue(name));
}

function told(at: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (isNatsError(error)) throw invalidConfig(at, error.message);
    throw error;
  }
}

/** Throws `INVALID_CONFIG` naming the first subject that `related` finds together with an earlier one. */
export function checkApart(
  subjects: readonly string[],
  at: string,
  related: (one: string, other: string) => boolean,
): void {
  const earlier = new Set<string>();
  const wide: string[] = [];
  for (const [i, subject] of subjects.entries()) {
    // There may be thousands: two without wildcards have nothing in common unless they are equal.
    const candidates = mayBeWide(subject) ? [...earlier] : wide;
    const other = earlier.has(subject)
      ? subject
      : candidates.find((one) => related(one, subject) || related(subject, one));
    if (other !== undefined)
      throw invalidConfig(`${at}[${i}]`, `${JSON.stringify(subject)} overlaps with ${JSON.stringify(other)}`);
    earlier.add(subject);
    if (mayBeWide(subject)) wide.push(subject);
  }
}

/** Whether it may match other subjects than itself. */
export function mayBeWide(subject: string): boolean {
  return subject.includes("*") || subject.includes(">");
}

/** Whether there is a subject that both match. */
export function collide(one: string, other: string): boolean {
  const a = one.split(".");
  const b = other.split(".");
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === ">" || b[i] === ">") return true;
    if (a[i] !== b[i] && a[i] !== "*" && b[i] !== "*") return false;
  }
  return a.length === b.length;
}

/** Whether `filter` matches all that `subject` matches. */
export function covers(filter: string, subject: string): boolean {
  const wide = filter.split(".");
  const narrow = subject.split(".");
  for (let i = 0; i < wide.length && i < narrow.length; i++) {
    if (wide[i] === ">") return true;
    if (narrow[i] === ">") return false;
    if (wide[i] !== narrow[i] && wide[i] !== "*") return false;
  }
  return wide.length === narrow.length;
}
