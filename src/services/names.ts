import { aString, type Check, invalidOption, shown, strings, wrongValue } from "../core/checks.ts";
import type { NatsError } from "../core/errors.ts";
import { checkPublishSubject, checkQueue, checkSubscribeSubject } from "../core/protocol/subject.ts";

/** Facts about a service or an endpoint, for its users. */
export type Metadata = Readonly<Record<string, string>>;

const NAME = /^[A-Za-z0-9_-]+$/;

// As semver.org has it.
const NUMBER = String.raw`(?:0|[1-9]\d*)`;
const LABEL = String.raw`(?:${NUMBER}|\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
const BUILD = "[0-9a-zA-Z-]+";
const VERSION = new RegExp(
  String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(?:-${LABEL}(?:\.${LABEL})*)?(?:\+${BUILD}(?:\.${BUILD})*)?$`,
);

/** The name of a service or an endpoint. */
export const aName: Check<string> = (name, value) => {
  const given = aString(name, value);
  if (NAME.test(given)) return given;
  throw wrongValue(name, 'letters, digits, "-" and "_"', given);
};

export const aVersion: Check<string> = (name, value) => {
  const given = aString(name, value);
  if (VERSION.test(given)) return given;
  throw wrongValue(name, 'a version as semver.org has it, like "1.0.0"', given);
};

export const someMetadata: Check<Metadata> = (name, value) => Object.freeze(strings(name, value));

/** The name of a queue group, or false for none. */
export const aQueue: Check<string | false> = (name, value) => {
  if (value === false || value === "") return false;
  if (typeof value !== "string") throw wrongValue(name, "a queue group, or false for none", value);
  checkQueue(value);
  return value;
};

/** The beginning of subjects that are subscribed to: a subject without a `>`, or nothing. */
export const aGroup: Check<string> = (name, value) => {
  const group = aString(name, value);
  if (group !== "") beginning(name, () => checkSubscribeSubject(group));
  if (/(?:^|\.)>$/.test(group)) throw invalidOption(name, `subjects can't go on behind ${shown(group)}`);
  return group;
};

/** The beginning of subjects that are published to: a subject without wildcards. */
export const aPrefix: Check<string> = (name, value) => {
  const prefix = aString(name, value).replace(/\.$/, "");
  beginning(name, () => checkPublishSubject(prefix));
  return prefix;
};

function beginning(name: string, check: () => void): void {
  try {
    check();
  } catch (thrown) {
    throw invalidOption(name, `it must be the beginning of a subject: ${(thrown as NatsError).message}`);
  }
}

/** The subject `rest` within a group; either may be empty. */
export function within(group: string, rest: string): string {
  return group === "" || rest === "" ? group + rest : `${group}.${rest}`;
}
