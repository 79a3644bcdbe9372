import { hintAt } from "../../core/checks.ts";
import { invalidConfig } from "./invalid-config.ts";
import { type Kind, STRANGE } from "./kind.ts";
import { checkObject } from "./plain-kinds.ts";
import { unknownFields } from "./unknown-fields.ts";

/** JSON as it travels, by names of the wire. */
export type WireFields = Readonly<Record<string, unknown>>;

/** One field of ours, which may be several fields on the wire. */
export interface Field {
  /** The names on the wire that it reads and writes, each with its name here. */
  readonly wire: Readonly<Record<string, string>>;
  write(value: unknown, at: string): WireFields;
  /** `within` is what stands before the names of the wire in errors. */
  read(json: WireFields, within: string): unknown;
}

/** The fields of an object by their names here. */
export type Table<C> = { readonly [K in Exclude<FieldOf<C>, "unknown">]: Field };
type FieldOf<C> = C extends unknown ? keyof C : never;

/** One field that is one of the wire. */
export function field<T>(wire: string, kind: Kind<T>): Field {
  return {
    wire: { [wire]: kind.unit ?? "" },
    write: (value, at) => ({ [wire]: kind.write(value, at) }),
    read: (json, within) => (isPresent(json[wire]) ? kind.read(json[wire], within + wire) : undefined),
  };
}

/** Go writes null for an empty list. */
export function isPresent(json: unknown): boolean {
  return json !== undefined && json !== null;
}

/** An object with the fields of a table. Fields of a newer server are under `unknown`. */
export function objectOf<C extends object>(table: Table<C>): Kind<C> {
  return {
    write: (value, at) => writeFields(table, value, at),
    read(json, at) {
      const read = readFields<C>(table, json, at);
      return Object.keys(read).length === 0 ? undefined : read;
    },
  };
}

/** Throws `INVALID_CONFIG` for a value of the wrong kind, and for an unknown field. */
export function writeFields<C>(table: Table<C>, value: unknown, at = ""): Record<string, unknown> {
  const { unknown, ...given } = checkObject(value, at);
  const within = at === "" ? "" : `${at}.`;
  const written: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(given)) {
    if (each === undefined) continue;
    Object.assign(written, fieldOf(table, name, within).write(each, within + name));
  }
  return unknown === undefined ? written : { ...checkObject(unknown, `${within}unknown`), ...written };
}

/** Fields that the table does not know, or can't read, are kept under `unknown`. */
export function readFields<C>(table: Table<C>, value: unknown, at = ""): C {
  const json = checkObject(value, at);
  const within = at === "" ? "" : `${at}.`;
  const read: Record<string, unknown> = {};
  const known = new Set<string>();
  for (const [name, each] of Object.entries<Field>(table)) {
    const result = each.read(json, within);
    if (result !== undefined && result !== STRANGE) read[name] = result;
    if (result !== STRANGE) for (const wire of Object.keys(each.wire)) known.add(wire);
  }
  const rest = Object.entries(json).filter(([wire, each]) => !known.has(wire) && isPresent(each));
  if (rest.length > 0) read["unknown"] = unknownFields(rest);
  return read as C;
}

function fieldOf<C>(table: Table<C>, name: string, within: string): Field {
  const fields = table as Readonly<Record<string, Field>>;
  const found = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (found !== undefined) return found;
  const reason = spelledHere(fields, name, within) ?? hintAt(name, Object.keys(fields), "fields", within);
  throw invalidConfig(within + name, `there is no such field: ${reason}`);
}

/** The name here of a field that nats.js and JSON call by its name on the wire. */
function spelledHere(
  fields: Readonly<Record<string, Field>>,
  wire: string,
  within: string,
): string | undefined {
  for (const [name, each] of Object.entries(fields)) {
    if (!Object.hasOwn(each.wire, wire)) continue;
    const told = each.wire[wire]!;
    if (told.startsWith("here ")) return told;
    return `here it is "${within}${name}"${told === "" ? "" : `, ${told}`}`;
  }
  return undefined;
}
