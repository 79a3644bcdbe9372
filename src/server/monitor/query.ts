/** A query that can't be answered, with what nats-server says of it. */
export class BadQuery extends Error {
  override readonly name = "BadQuery";
}

/** A whole number; 0 if it isn't there. */
export function intOf(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? "";
  if (text === "") return 0;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new BadQuery(
    `Error decoding int for '${name}': strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

/** True or false, as Go reads it; false if it isn't there. */
export function boolOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name) ?? "";
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (text === "" || /^(?:0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw new BadQuery(
    `Error decoding boolean for '${name}': strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

/** Which part of a list is wanted. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** `offset` and `limit`; 1024 entries if nothing is said. */
export function pageOf(query: URLSearchParams): Page {
  const limit = intOf(query, "limit");
  return { offset: Math.max(0, intOf(query, "offset")), limit: limit <= 0 ? 1024 : limit };
}

export function cut<T>(list: readonly T[], { offset, limit }: Page): T[] {
  return list.slice(offset, offset + limit);
}
