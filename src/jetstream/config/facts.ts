import { isNatsError } from "../../core/errors.ts";
import { JetStreamError } from "../errors.ts";
import { invalidConfig } from "./invalid-config.ts";
import type { Kind } from "./kind.ts";
import { readFields, type Table } from "./table.ts";

/** An object that only servers write: with the fields that they leave out because they are empty, 0 or false, and no unknown ones. */
export function factsOf<T extends object>(table: Table<T>, unsaid: Partial<T> = {}): Kind<T> {
  return {
    write: (value) => value,
    read(json, at) {
      const { unknown: _, ...facts } = readFields<T & { readonly unknown?: unknown }>(table, json, at);
      return { ...unsaid, ...facts } as unknown as T;
    },
  };
}

/** What an answer tells of `what`. Throws `INVALID_RESPONSE` for what is not of its kind, and what is needed and not there. */
export function readFacts<T extends object>(
  kind: Kind<T>,
  json: unknown,
  needed: readonly (keyof T)[],
  what: string,
): T {
  try {
    const facts = kind.read(json, "") as T;
    for (const name of needed) {
      if (facts[name] === undefined) throw invalidConfig(String(name), "it is missing");
    }
    return facts;
  } catch (cause) {
    if (!isNatsError(cause, "INVALID_CONFIG")) throw cause;
    const text = `what the server says of ${what} can't be read: ${cause.message}`;
    throw new JetStreamError("INVALID_RESPONSE", text, { cause });
  }
}
