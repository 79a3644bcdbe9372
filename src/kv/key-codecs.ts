import { textFromBase64Url, textToBase64Url } from "../core/base64-url.ts";
import { type Check, shown, wrongValue } from "../core/checks.ts";

/**
 * Writes keys as the server takes them, and reads them back. `encode` gets filters too, and must leave their `*` and a last `>` as
 * they are. If a codec throws, the call fails with `INVALID_KEY`, which names the key and has the codec's error as its cause.
 */
export interface KeyCodec {
  encode(key: string): string;
  decode(key: string): string;
}

/** A codec of keys. */
export const aKeyCodec: Check<KeyCodec> = (name, value) => {
  const { encode, decode } = (value ?? {}) as Partial<KeyCodec>;
  if (typeof encode === "function" && typeof decode === "function") return value as KeyCodec;
  throw wrongValue(name, "a codec of keys, with encode and decode", value);
};

/**
 * Keys of any characters: each token, from dot to dot, becomes URL-safe base64 of its UTF-8, without padding. A token that is
 * `*`, and a last one that is `>`, stays: it is a wildcard, and never part of a key.
 *
 * @example
 * ```ts
 * import { base64Keys } from "natspeed/kv";
 *
 * console.log(base64Keys.encode("joe@example.com")); // am9lQGV4YW1wbGU.Y29t
 * console.log(base64Keys.decode("am9lQGV4YW1wbGU.Y29t")); // joe@example.com
 * console.log(base64Keys.encode("*.com")); // *.Y29t
 * ```
 */
export const base64Keys: KeyCodec = {
  encode(key) {
    const tokens = aKey(key).split(".");
    const last = tokens.length - 1;
    return tokens.map((token, i) => (isWildcard(token, i === last) ? token : toBase64(token))).join(".");
  },
  decode(key) {
    return aKey(key).split(".").map(fromBase64).join(".");
  },
};

/**
 * Paths: `/etc/hosts` is the key `etc.hosts`. A dot within a path and a slash within a key stand for each other, so that
 * nothing gets lost: `/etc/nginx.conf` is `etc.nginx/conf`. Filters are `/etc/*` and `/etc/>`.
 *
 * @example
 * ```ts
 * import { pathKeys } from "natspeed/kv";
 *
 * console.log(pathKeys.encode("/etc/hosts")); // etc.hosts
 * console.log(pathKeys.decode("etc.hosts")); // /etc/hosts
 * ```
 */
export const pathKeys: KeyCodec = {
  encode(key) {
    if (key === ">") return key;
    if (!aKey(key).startsWith("/")) throw new TypeError(`a path begins with a slash`);
    return swapSeparators(key.slice(1));
  },
  decode: (key) => `/${swapSeparators(aKey(key))}`,
};

/**
 * Several codecs as one: the first encodes the key, the second encodes the result, and so on. Throws `INVALID_OPTION` if one of them
 * is no codec.
 *
 * @example
 * ```ts
 * import { base64Keys, chainKeys, pathKeys } from "natspeed/kv";
 *
 * const keys = chainKeys(pathKeys, base64Keys);
 * console.log(keys.encode("/home/joé")); // aG9tZQ.am_DqQ
 * ```
 */
export function chainKeys(...codecs: readonly KeyCodec[]): KeyCodec {
  const all = codecs.map((codec, i) => aKeyCodec(`codecs[${i}]`, codec));
  return {
    encode: (key) => all.reduce((encoded, codec) => codec.encode(encoded), key),
    decode: (key) => all.reduceRight((decoded, codec) => codec.decode(decoded), key),
  };
}

function aKey(key: unknown): string {
  if (typeof key === "string") return key;
  throw new TypeError(`it must be a string, not ${shown(key)}`);
}

function isWildcard(token: string, isLast: boolean): boolean {
  return token === "*" || (isLast && token === ">");
}

function toBase64(token: string): string {
  // UTF-8 has no form of half a pair: all such keys would become one.
  if (/\p{Surrogate}/u.test(token)) throw new TypeError("it has half of a surrogate pair");
  return textToBase64Url(token).replaceAll("=", "");
}

function fromBase64(encoded: string): string {
  const token = textFromBase64Url(encoded);
  if (token === undefined) throw new TypeError(`"${encoded}" is no base64 of a text`);
  // With padding, or with unused bits that are set, two keys of the bucket would be read as one key, and that one not be found.
  if (toBase64(token) !== encoded) throw new TypeError(`"${encoded}" is not as "${token}" is written`);
  return token;
}

function swapSeparators(text: string): string {
  return text.replaceAll(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}
