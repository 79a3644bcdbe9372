import { aString, type Check, checkOptions, invalidOption } from "../../core/checks.ts";
import { isSubscribable } from "../protocol/subject.ts";
import type { Allow } from "./permissions.ts";

/** Subjects that a permission names; `words` is 2 where the name of a queue group may follow. */
export function subjectsOf(words: 1 | 2): Check<Allow> {
  const aSubject: Check<string> = (name, value) => {
    const text = aString(name, value);
    const parts = words === 1 ? [text] : text.trim().split(/\s+/);
    if (parts.length <= words && parts.every((part) => isSubscribable(part) && !/\s/.test(part))) return text;
    throw invalidOption(name, `${JSON.stringify(text)} is no subject`);
  };
  const subjects: Check<readonly string[]> = (name, value) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).map((one, i) => aSubject(`${name}[${i}]`, one));
  const allowed: Check<readonly string[]> = (name, value) => {
    const list = subjects(name, value);
    if (list.length > 0) return list;
    // To nats-server it is as good as none, and allows everything; whoever wrote it may have meant the opposite.
    throw invalidOption(name, 'it allows nothing: leave it out to allow everything, or deny ">"');
  };
  return (name, value) => {
    if (typeof value === "string") return aSubject(name, value);
    if (Array.isArray(value)) return allowed(name, value);
    const checks = { allow: allowed, deny: subjects };
    return checkOptions(value as { allow?: readonly string[]; deny?: readonly string[] }, checks, name);
  };
}
