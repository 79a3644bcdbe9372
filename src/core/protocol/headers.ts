import { ArgumentError } from "../errors.ts";
import { COLON, CR, DELETE, DIGIT_0, LF, SPACE, isBlank } from "./ascii.ts";
import { readDigits } from "./digits.ts";
import { INSPECT, type Inspect, inspected } from "../inspect.ts";
import { readHeaders, VERSION } from "./read-headers.ts";
import { hasLoneSurrogate } from "./text.ts";

// Registered, not unique: two copies of the package in one process take each other's headers.
const brand: unique symbol = Symbol.for("natspeed.headers");

/** What {@link headers} takes: an object, or pairs, which may repeat a name. */
export type HeadersInit =
  | MessageHeaders
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [name: string, value: string]>;

/**
 * The headers of a message: names with one or more values each. Names keep their case on the wire, where they are
 * sorted.
 * A look-up takes the name as written and, if there is none of that case, the first that differs by case only.
 */
export class MessageHeaders implements Iterable<[name: string, value: string]> {
  /** Name, value, name, value as they were received; undefined once they are in the table, or if they were not received. */
  #pairs: string[] | undefined;
  #table: Map<string, string[]> | undefined;
  #status: number | undefined;
  #description: string | undefined;

  /** @internal */
  get [brand](): true {
    return true;
  }

  /** How many names there are. */
  get size(): number {
    return this.#pairs?.length === 0 ? 0 : this.#values.size;
  }

  /** The first value of `name`. */
  get(name: string): string | undefined {
    return this.#find(name)?.[0];
  }

  /** All values of `name`, in order. */
  getAll(name: string): readonly string[] {
    return [...(this.#find(name) ?? [])];
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /**
   * Replaces all values of `name` (of exactly this case) by one. Spaces around a value don't travel and are cut here.
   *
   * Throws `INVALID_HEADER` for a name that is empty or has a colon, a space or a character outside printable
   * ASCII, and for a value with CR or LF.
   */
  set(name: string, value: string): this {
    checkName(name);
    this.#values.set(name, [checkedValue(name, value)]);
    return this;
  }

  /** Adds a value to `name` (of exactly this case). Throws as {@link set} does. */
  append(name: string, value: string): this {
    checkName(name);
    this.#add(name, checkedValue(name, value));
    return this;
  }

  /** Removes `name` (of exactly this case); whether it was there. */
  delete(name: string): boolean {
    return this.#values.delete(name);
  }

  /** The last value of `name` (of exactly this case): what a server adds stands behind what a sender gave. @internal */
  last(name: string): string | undefined {
    const pairs = this.#pairs;
    return pairs === undefined ? this.#values.get(name)?.at(-1) : pairs[lastIn(pairs, name) + 1];
  }

  /** As {@link last}, and removes it. @internal */
  takeLast(name: string): string | undefined {
    const pairs = this.#pairs;
    if (pairs === undefined) {
      const values = this.#values.get(name);
      if (values?.length === 1) this.#values.delete(name);
      return values?.pop();
    }
    return pairs.splice(lastIn(pairs, name), 2)[1];
  }

  /** The names, in order of insertion. */
  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  /** The status that a server puts into the first line: 503 no responders, 404, 408, 409, 100; else undefined. */
  get status(): number | undefined {
    return this.#status;
  }

  /** The text beside {@link status}. */
  get description(): string | undefined {
    return this.#description;
  }

  /** Each name with each of its values. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (const [name, values] of this.#values) for (const value of values) yield [name, value];
  }

  toJSON(): Record<string, string[]> {
    return Object.fromEntries(this.#values);
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const facts: Record<string, unknown> = {};
    for (const [name, values] of this.#values) facts[name] = values.length === 1 ? values[0] : values;
    return inspected("MessageHeaders", facts, depth, options, inspect);
  }

  /** The values by name. To make that costs several times as much as to look up the few that a receiver asks for. */
  get #values(): Map<string, string[]> {
    if (this.#table !== undefined) return this.#table;
    const table = (this.#table = new Map());
    const pairs = this.#pairs ?? [];
    this.#pairs = undefined;
    for (let i = 0; i < pairs.length; i += 2) this.#add(pairs[i]!, pairs[i + 1]!);
    return table;
  }

  #find(name: string): readonly string[] | undefined {
    const pairs = this.#pairs;
    const exact = pairs === undefined ? this.#values.get(name) : valuesIn(pairs, name);
    if (exact !== undefined) return exact;
    const wanted = name.toLowerCase();
    for (const [other, values] of this.#values) if (other.toLowerCase() === wanted) return values;
    return undefined;
  }

  #add(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
  }

  /** The values by name, to read: a copy of them if `headers` are of another copy of the package. @internal */
  static valuesOf(headers: MessageHeaders): ReadonlyMap<string, readonly string[]> {
    if (#values in headers) return headers.#values;
    const others: MessageHeaders = headers;
    return new Map(Array.from(others.keys(), (name) => [name, others.getAll(name)]));
  }

  /** A copy, which changes alone. @internal */
  static copyOf(headers: MessageHeaders): MessageHeaders {
    const copy = new MessageHeaders();
    const values = MessageHeaders.valuesOf(headers);
    copy.#table = new Map(Array.from(values, ([name, some]) => [name, [...some]]));
    return copy;
  }

  /** The headers in a received block. What can't be read is left out, and told to `onFault`. @internal */
  static decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    onFault: (reason: string) => void,
  ): MessageHeaders {
    const headers = new MessageHeaders();
    const { pairs, status, description } = readHeaders(bytes, start, end, onFault);
    headers.#pairs = pairs;
    headers.#status = status;
    headers.#description = description;
    return headers;
  }
}

/**
 * Makes message headers.
 *
 * Throws `INVALID_HEADER` as {@link MessageHeaders.set} does.
 *
 * @example
 * ```ts
 * import { connect, headers } from "natspeed";
 *
 * const nc = await connect();
 * nc.publish("orders.new", "one coffee", { headers: headers({ "X-Trace": "1", Accept: ["a", "b"] }) });
 * await nc.close();
 * ```
 */
export function headers(init: HeadersInit = {}): MessageHeaders {
  if (typeof init !== "object" || init === null)
    throw invalidHeader(
      "",
      `headers are made of an object or of pairs, not of ${init === null ? "null" : `a ${typeof init}`}`,
    );
  const made = new MessageHeaders();
  const pairs: Iterable<readonly [string, string | readonly string[]]> =
    Symbol.iterator in init ? init : Object.entries(init);
  for (const pair of pairs) {
    if (!Array.isArray(pair))
      throw invalidHeader("", `a list of headers has pairs of name and value, not a ${typeof pair}`);
    const [name, value] = pair as readonly [string, string | readonly string[]];
    if (typeof value === "string") made.append(name, value);
    else for (const one of listOf(name, value)) made.append(name, one);
  }
  return made;
}

/** Whether `value` was made by {@link headers}, of this copy of the package or another, or is of a received message. */
export function isHeaders(value: unknown): value is MessageHeaders {
  return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
}

function listOf(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value as readonly string[];
  throw invalidHeader(name, `its value must be a string or a list of strings, not ${typeof value}`);
}

/**
 * Whether a received header block says "no responders", read from the bytes because every reply is asked:
 * `NATS/1.0 503` at the start of the block.
 */
export function isNoRespondersStatus(bytes: Uint8Array, start: number, end: number): boolean {
  const at = start + VERSION.length;
  if (end - at < 4 || bytes[at] !== SPACE) return false;
  return bytes[at + 1] === DIGIT_0 + 5 && bytes[at + 2] === DIGIT_0 && bytes[at + 3] === DIGIT_0 + 3;
}

// NATS/1.0 <status>
/** The code of the status in the first line of a received header block; undefined if there is none. */
export function inlineStatus(bytes: Uint8Array, start: number, end: number): number | undefined {
  const at = start + VERSION.length;
  if (end - at < 4 || bytes[at] !== SPACE) return undefined;
  const code = readDigits(bytes, at + 1, at + 4);
  return code < 0 ? undefined : code;
}

function checkName(name: string): void {
  if (typeof name !== "string" || name === "") throw invalidHeader(name, "a name must be a non-empty string");
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit <= SPACE || unit >= DELETE || unit === COLON) {
      throw invalidHeader(name, "a name is printable ASCII without spaces and colons");
    }
  }
}

function checkedValue(name: string, value: string): string {
  if (typeof value !== "string") throw invalidHeader(name, `its value must be a string, not ${typeof value}`);
  let all = 0;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit === CR || unit === LF) throw invalidHeader(name, "a value must not contain CR or LF");
    all |= unit;
  }
  if (all > DELETE && hasLoneSurrogate(value)) {
    throw invalidHeader(name, "a value must not have half of a surrogate pair");
  }
  return trimmed(value);
}

/** Without the blanks around it. Not by a pattern: one for the end tries each run of blanks on the way, over and over. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function invalidHeader(name: string, reason: string): ArgumentError {
  return new ArgumentError("INVALID_HEADER", `invalid header ${JSON.stringify(name)}: ${reason}`, {
    argument: name,
  });
}

/** Where the last pair of a name begins, of exactly this case, among names and values in turn; behind all if there is none. */
function lastIn(pairs: readonly string[], name: string): number {
  for (let i = pairs.length - 2; i >= 0; i -= 2) if (pairs[i] === name) return i;
  return pairs.length;
}

/** The values of a name, of exactly this case, among names and values in turn. */
function valuesIn(pairs: readonly string[], name: string): string[] | undefined {
  let values: string[] | undefined;
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i] === name) (values ??= []).push(pairs[i + 1]!);
  }
  return values;
}
