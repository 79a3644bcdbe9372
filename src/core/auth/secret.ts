import { invalidOption } from "../invalid-option.ts";
import { encodeText } from "../protocol/encode-text.ts";
import type { AuthContext } from "./authenticator.ts";

/** Text that contains a secret. Bytes can be wiped by their owner; a string can't be wiped. */
export type Secret = string | Uint8Array;

/** A function that is called for every attempt to connect. */
export type Provider<T> = (context: AuthContext) => T | PromiseLike<T>;

/** What a value is, without showing it: it may be a password in the wrong place. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

export function isSecret(value: unknown): value is Secret {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** The bytes of `secret`, for the caller to wipe; what is given stays as it is. */
export function copySecret(secret: Secret): Uint8Array {
  return typeof secret === "string" ? encodeText(secret) : new Uint8Array(secret);
}

/** What `use` makes of `bytes`, which are zeroed in any case (CRED-12). */
export function wiping<T>(bytes: Uint8Array, use: (bytes: Uint8Array) => T): T {
  try {
    return use(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** The check of a wrong argument: unlike those of options it never shows the value. */
export function wrongKind(name: string, expected: string, value: unknown): Error {
  return invalidOption(name, `it must be ${expected}, not ${kindOf(value)}`);
}
