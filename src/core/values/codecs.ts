import { readText } from "../protocol/text.ts";
import { refuseEmptied } from "./emptied.ts";
import type { Codec } from "./schema.ts";

/** A text of JSON is made of what has one. */
const JSON_CODEC: Codec<unknown> = {
  encode(value) {
    // The type of the standard library leaves out that undefined, functions and symbols have no JSON.
    const encoded = JSON.stringify(value) as string | undefined;
    if (encoded === undefined) throw new TypeError(`there is no JSON of ${typeof value}`);
    refuseEmptied(value, encoded);
    return encoded;
  },
  decode: (data) => JSON.parse(readText(data, 0, data.length)) as unknown,
};

/**
 * JSON of a type that nobody checks, for what the application alone writes. A schema of zod, valibot or arktype in its place
 * checks it. What JSON would make `{}` of, a Map for one, is no such value.
 *
 * @example
 * ```ts
 * import { json } from "natspeed";
 *
 * const Order = json<{ item: string; pieces: number }>();
 * console.log(Order.encode({ item: "coffee", pieces: 2 }));
 * ```
 */
export function json<T = unknown>(): Codec<T> {
  return JSON_CODEC as Codec<T>;
}

/** Text, as UTF-8; bytes that are not UTF-8 are no such value. */
export const text: Codec<string> = {
  encode(value) {
    if (typeof value !== "string") throw new TypeError(`it is not a string, but ${typeof value}`);
    return value;
  },
  decode: (data) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data),
};
