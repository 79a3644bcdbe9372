import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import type { UnknownFields } from "./wire-format.ts";

/** Where unknown fields were read. A copy by spread has the same `unknown`, and so this mark. */
const readFrom = Symbol("natspeed.read-from");

/**
 * The servers that know the fields: all of a cluster, or a single server, while they have one version. Any server of a cluster
 * may answer, so it can't be narrower; other versions may not know the fields, so it can't be wider.
 */
export type Origin = string;

/** The servers that `context` asks now. */
export function originOf(context: Pick<Context, "connection" | "prefix">): Origin {
  const info = context.connection.info;
  if (info === undefined) return "";
  return [context.prefix, info.cluster ?? info.serverName, info.domain ?? "", info.version].join(" ");
}

/** Unknown fields that were read; nobody may change them. */
export function unknownFields(entries: readonly (readonly [string, unknown])[]): UnknownFields {
  const fields = Object.fromEntries(entries);
  Object.defineProperty(fields, readFrom, { value: undefined, writable: true });
  return fields;
}

/** Marks all unknown fields within `config`, which was just read, with where they come from. Returns `config`. */
export function markOrigin<T>(config: T, origin: Origin): T {
  for (const { fields } of unknownIn(config)) {
    if (readFrom in fields) Object.freeze(Object.assign(fields, { [readFrom]: origin }));
  }
  return config;
}

/** Throws `UNKNOWN_FIELD` if a part of `config` has unknown fields that were not read from there. */
export function checkOrigin(config: unknown, origin: Origin): void {
  for (const { fields, at } of unknownIn(config)) {
    const names = Object.keys(fields);
    if (names.length === 0) continue;
    const from = (fields as { readonly [readFrom]?: Origin })[readFrom];
    if (from === origin && origin !== "") continue;
    const why =
      from === undefined ? "was not read from a server" : "was read from another server, or version of it";
    throw new JetStreamError("UNKNOWN_FIELD", `"${at}" (${names.join(", ")}) ${why}: take it away`, {
      argument: at,
    });
  }
}

interface FoundFields {
  readonly fields: object;
  /** Its path. */
  readonly at: string;
}

/** All fields with that name in plain objects and lists. */
function* unknownIn(value: unknown, at = ""): Generator<FoundFields> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* unknownIn(item, `${at}[${i}]`);
  } else if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    for (const [name, each] of Object.entries(value)) {
      const path = at === "" ? name : `${at}.${name}`;
      if (name !== "unknown") yield* unknownIn(each, path);
      else if (typeof each === "object" && each !== null) yield { fields: each as object, at: path };
    }
  }
}
