/** A query that can't be answered, with what nats-server says of it. */
export class BadQuery extends Error {
  override readonly name = "BadQuery";
}

const INT64 = 2n ** 63n;

/** A whole number; 0 if it isn't there. */
function intOf(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? "";
  if (text === "") return 0;
  if (!/^[+-]?\d+$/.test(text)) throw undecodable("int", name, "Atoi", text, "invalid syntax");
  const value = BigInt(text.replace("+", ""));
  if (value >= INT64 || value < -INT64) throw undecodable("int", name, "Atoi", text, "value out of range");
  return Number(value);
}

/** A whole number from 0 on; 0 if it isn't there. */
export function countOf(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? "";
  if (text === "") return 0;
  if (!/^\d+$/.test(text)) throw undecodable("uint64", name, "ParseUint", text, "invalid syntax");
  if (BigInt(text) >= 2n * INT64) throw undecodable("uint64", name, "ParseUint", text, "value out of range");
  return Number(text);
}

/** True or false, as Go reads it; false if it isn't there. */
export function boolOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name) ?? "";
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (text === "" || /^(?:0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw undecodable("boolean", name, "ParseBool", text, "invalid syntax");
}

/** In the words of Go. */
function undecodable(kind: string, name: string, parse: string, text: string, why: string): BadQuery {
  const quoted = JSON.stringify(text);
  return new BadQuery(`Error decoding ${kind} for '${name}': strconv.${parse}: parsing ${quoted}: ${why}`);
}

/** Which part of a list is wanted. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** `offset` and `limit`; 1024 entries if nothing is said. */
export function pageOf(query: URLSearchParams): Page {
  const offset = Math.max(0, intOf(query, "offset"));
  const limit = intOf(query, "limit");
  return { offset, limit: limit <= 0 ? 1024 : limit };
}

export function cut<T>(list: readonly T[], { offset, limit }: Page): T[] {
  return list.slice(offset, offset + limit);
}
