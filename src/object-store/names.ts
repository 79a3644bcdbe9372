import { invalidOption, shown, wrongValue } from "../core/checks.ts";
import { hasLoneSurrogate } from "../core/protocol/text.ts";
import { textFromBase64Url, textToBase64Url, toBase64Url } from "../core/base64-url.ts";

const STREAM_PREFIX = "OBJ_";

/** A filter for the streams of all stores: each takes the chunks of its objects. */
export const ANY_CHUNKS = "$O.*.C.>";

/** Throws `INVALID_OPTION`: a store's name is a token of subjects and a part of a stream's name. */
export function checkStoreName(store: string, argument = "store"): string {
  if (typeof store === "string" && /^[\w-]+$/.test(store)) return store;
  throw invalidOption(
    argument,
    `a store's name has letters, digits, "_" and "-" only, unlike ${shown(store)}`,
  );
}

/** Bytes of an object's name: with a longer one the control line is longer than servers take, and they end the connection. */
const MAX_NAME = 2800;

/** Throws `INVALID_OPTION`: an object's name may have any characters. */
export function checkObjectName(name: string, argument = "name"): string {
  if (typeof name !== "string" || name === "") throw wrongValue(argument, "a text that is not empty", name);
  if (hasLoneSurrogate(name))
    throw invalidOption(argument, `${shown(name)} has half of a surrogate pair, which has no UTF-8`);
  // No character of a text has more than 3 bytes.
  const bytes = name.length * 3 > MAX_NAME ? new TextEncoder().encode(name).length : 0;
  if (bytes > MAX_NAME)
    throw invalidOption(
      argument,
      `an object's name has up to ${MAX_NAME} bytes, unlike this one of ${bytes}`,
    );
  return name;
}

export function streamOf(store: string): string {
  return STREAM_PREFIX + store;
}

/** The store of a stream by its name; undefined if it has another sort of name. */
export function storeOf(stream: string): string | undefined {
  return stream.startsWith(STREAM_PREFIX) ? stream.slice(STREAM_PREFIX.length) : undefined;
}

/** Where the chunks of the object with this `nuid` are. */
export function chunkSubject(store: string, nuid: string): string {
  return `$O.${store}.C.${nuid}`;
}

export function anyChunkSubject(store: string): string {
  return chunkSubject(store, ">");
}

/** The subject of an object's meta. */
export function metaSubject(store: string, name: string): string {
  return `$O.${store}.M.${textToBase64Url(name)}`;
}

/**
 * The subject that nats.js gives the meta of an object whose name is not ASCII: it writes each character as one byte. Undefined if
 * that is the subject of all clients, or if nats.js can't write the name.
 */
export function latinMetaSubject(store: string, name: string): string | undefined {
  const codes = Array.from(name, (character) => character.codePointAt(0)!);
  const isLatin = codes.every((code) => code < 0x100) && codes.some((code) => code > 0x7f);
  return isLatin ? `$O.${store}.M.${toBase64Url(Uint8Array.from(codes))}` : undefined;
}

export function anyMetaSubject(store: string): string {
  return `$O.${store}.M.>`;
}

/** The name of an object by the subject of its meta; undefined if {@link metaSubject} would give that name another subject. */
export function nameOf(subject: string): string | undefined {
  const token = subject.slice(subject.lastIndexOf(".") + 1);
  const name = textFromBase64Url(token);
  return name === undefined || textToBase64Url(name) !== token ? undefined : name;
}

/** Whether this is one token: as a part of a filter it must not match the chunks of other objects. */
export function isToken(nuid: string): boolean {
  // Control characters are what is looked for.
  // oxlint-disable-next-line eslint/no-control-regex
  return nuid !== "" && !/[.*>\u0000-\u0020\u007f]/.test(nuid);
}
