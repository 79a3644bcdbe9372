import { ArgumentError } from "./errors.ts";
import { invalidOption } from "./invalid-option.ts";
import { LONGEST_TIMER } from "./longest-timer.ts";

export { invalidOption };

/** Reads one option: returns its value, or throws `INVALID_OPTION` naming it. */
export type Check<T> = (name: string, value: unknown) => T;

/** A wrong value, for an error's text. What has no short text form, or may hold secrets, is told by its kind alone. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  // The text of a function is its source.
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Promise) return "a promise: forgot await?";
  // An object may have no text form at all, or one that throws.
  return "an object";
}

/** What sort of value it is, where the value itself must not be seen. */
function sortOf(value: unknown): string {
  const isNone = value === undefined || value === null;
  return isNone || typeof value === "object" ? shown(value) : `a ${typeof value}`;
}

/** What a check throws; `expected` as in "it must be …". */
export function wrongValue(name: string, expected: string, value: unknown): ArgumentError {
  return invalidOption(name, `it must be ${expected}, not ${shown(value)}`);
}

export const aString: Check<string> = (name, value) => {
  if (typeof value !== "string") throw wrongValue(name, "a string", value);
  return value;
};

/** As {@link aString}, of a value that must not be seen in a log. */
export const aSecret: Check<string> = (name, value) => {
  if (typeof value !== "string") throw invalidOption(name, `it must be a string, not ${sortOf(value)}`);
  return value;
};

export const aBoolean: Check<boolean> = (name, value) => {
  if (typeof value !== "boolean") throw wrongValue(name, "true or false", value);
  return value;
};

export const aFunction: Check<(...args: never[]) => unknown> = (name, value) => {
  // What was meant for another option may be a secret: only its kind is shown.
  if (typeof value !== "function") throw invalidOption(name, `it must be a function, not ${sortOf(value)}`);
  return value as (...args: never[]) => unknown;
};

export const aSignal: Check<AbortSignal> = (name, value) => {
  if (typeof value !== "object" || value === null || !("aborted" in value)) {
    const isController = typeof value === "object" && value !== null && "signal" in value;
    const kind = isController ? "an AbortController: pass its signal" : shown(value);
    throw invalidOption(name, `it must be an AbortSignal, not ${kind}`);
  }
  return value as AbortSignal;
};

/** Milliseconds that a timer can wait. */
export const milliseconds: Check<number> = (name, value) => {
  if (typeof value !== "number" || !(value >= 0 && value <= LONGEST_TIMER)) {
    throw wrongValue(name, `milliseconds from 0 to ${LONGEST_TIMER}`, value);
  }
  return value;
};

/** A whole number from 1 on. */
export const count: Check<number> = (name, value) => {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw wrongValue(name, "a whole number from 1 on", value);
};

/** A whole number from 0 on. */
export const wholeNumber: Check<number> = (name, value) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw wrongValue(name, "a whole number from 0 on", value);
};

/** A whole number between two, which are included. */
export function wholeBetween(least: number, most: number): Check<number> {
  return (name, value) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
      return value as number;
    throw wrongValue(name, `a whole number from ${least} to ${most}`, value);
  };
}

/** As {@link count}, or `Infinity`. */
export const limit: Check<number> = (name, value) => (value === Infinity ? Infinity : count(name, value));

/** A part of a whole: above 0 and up to 1. */
export const part: Check<number> = (name, value) => {
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw wrongValue(name, "a number above 0 and up to 1", value);
};

/** A valid Date; a copy. */
export const aDate: Check<Date> = (name, value) => {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return new Date(value);
  throw wrongValue(name, "a valid Date", value);
};

/** Strings by name; a copy. */
export const strings: Check<Readonly<Record<string, string>>> = (name, value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrongValue(name, "an object of strings", value);
  const entries = Object.entries(value).map(([key, each]) => [key, aString(`${name}.${key}`, each)]);
  return Object.fromEntries(entries) as Record<string, string>;
};

/** What becomes part of something else, and is checked with that. */
export const asGiven: Check<never> = (_name, value) => value as never;

/** As `check`, or null, which takes the field away. */
export function orNull<T>(check: Check<T>): Check<T | null> {
  return (name, value) => (value === null ? null : check(name, value));
}

export function oneOf<T extends string>(...allowed: readonly T[]): Check<T> {
  return (name, value) => {
    if (allowed.includes(value as T)) return value as T;
    throw wrongValue(name, allowed.map(shown).join(" or "), value);
  };
}

/** The checks of all options that a call takes. */
export type Checks<T> = { readonly [K in keyof T]-?: Check<NonNullable<T[K]>> };

/**
 * What options of other NATS clients are called here, by the names that they have there: a name in quotes, code as it is, or a few
 * words.
 */
export type FormerNames = Readonly<Record<string, string>>;

/**
 * A checked copy of `given`, without the keys that are undefined. Throws `INVALID_OPTION` for a value that fails its
 * check and for a key that has none, with the name that was probably meant. `within` is the option that holds these,
 * by which they are named: `tls.caFile`.
 */
export function checkOptions<T extends object>(
  given: T,
  checks: Checks<T>,
  within?: string,
  former?: FormerNames,
): T {
  if (typeof given !== "object" || given === null) throw wrongValue(within ?? "options", "an object", given);
  const prefix = within === undefined ? "" : `${within}.`;
  const checked: Record<string, unknown> = {};
  const names = Object.keys(given);
  if (names.length === 0 || Array.isArray(given)) checkPlain(within ?? "options", given);
  for (const name of names) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof T] : undefined;
    if (check === undefined) throw unknownOption(prefix, name, Object.keys(checks), former);
    const value: unknown = given[name as keyof T];
    if (value !== undefined) checked[name] = check(prefix + name, value);
  }
  return checked as T;
}

/** A URL, a signal or headers in place of options have no keys to be read: they would be passed over in silence. */
function checkPlain(name: string, given: object): void {
  const prototype = Object.getPrototypeOf(given) as object | null;
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return;
  const made: unknown = given.constructor;
  const kind = !Array.isArray(given) && typeof made === "function" ? `a ${made.name}` : shown(given);
  throw invalidOption(name, `it must be an object that names the options, not ${kind}`);
}

function unknownOption(
  prefix: string,
  name: string,
  known: readonly string[],
  former: FormerNames = {},
): ArgumentError {
  const argument = prefix + name;
  const hint = Object.hasOwn(former, name)
    ? `here it is ${former[name]}`
    : hintAt(name, known, "options", prefix);
  return new ArgumentError("INVALID_OPTION", `unknown option "${argument}": ${hint}`, { argument });
}

/** Which of the `known` names was probably meant, or all of them. */
export function hintAt(name: string, known: readonly string[], kind: string, prefix = ""): string {
  const meant = closest(name, known);
  return meant === undefined ? `the ${kind} are ${known.join(", ")}` : `did you mean "${prefix}${meant}"?`;
}

/** The known name that takes the fewest edits, if that is at most a third of its letters. */
export function closest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance && distance <= Math.max(2, candidate.length / 3)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
