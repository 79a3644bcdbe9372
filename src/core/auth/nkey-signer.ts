import type { KeyPair } from "@nats-io/nkeys";
import { AuthenticationError } from "../errors.ts";
import type { Credentials } from "./authenticator.ts";
import { invalidCredentials } from "./invalid-credentials.ts";
import { type Claims, claimsOf } from "./jwt-claims.ts";
import { copySecret, type Secret } from "./secret.ts";

/** Signs the server's nonce. */
export type Sign = NonNullable<Credentials["sign"]>;

/** `SU`, 32 bytes of key and a checksum, in base 32. */
const SEED_LENGTH = 58;

/**
 * A copy of the seed that `secret` is, without white space around it, for the caller to wipe. Throws
 * `INVALID_CREDENTIALS` naming `name` if it can't be the seed of a user.
 */
export function copySeed(secret: Secret, name: string): Uint8Array {
  const bytes = copySecret(secret);
  try {
    let start = 0;
    let end = bytes.length;
    while (start < end && bytes[start]! <= 0x20) start++;
    while (end > start && bytes[end - 1]! <= 0x20) end--;
    return checkUserSeed(bytes.slice(start, end), name);
  } finally {
    bytes.fill(0);
  }
}

/**
 * Returns `seed` if it looks like the seed of a user, else wipes it and throws `INVALID_CREDENTIALS` naming `name`.
 * Whether its checksum is right shows when it is used.
 */
export function checkUserSeed(seed: Uint8Array, name: string): Uint8Array {
  const reason = whyNoUserSeed(seed);
  if (reason === undefined) return seed;
  seed.fill(0);
  throw invalidCredentials(name, reason);
}

function whyNoUserSeed(seed: Uint8Array): string | undefined {
  if (seed.length === 0) return "it is empty";
  // The two letters tell what the key is for; they are no secret.
  const kind = String.fromCharCode(...seed.subarray(0, 2));
  if (kind === "SA") return "it is the seed of an account, not of a user (SU...)";
  if (kind === "SO") return "it is the seed of an operator, not of a user (SU...)";
  if (kind !== "SU") return "it is not the seed of a user: those begin with SU";
  const isComplete = seed.length === SEED_LENGTH && seed.every(isBase32);
  return isComplete
    ? undefined
    : `it is damaged: a seed has ${SEED_LENGTH} characters from A to Z and 2 to 7`;
}

function isBase32(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x32 && byte <= 0x37);
}

/**
 * Signs with the seed's key, and zeroes `seed` (CRED-12). Rejects with `INVALID_CREDENTIALS` if it is damaged, or not the
 * seed of the user whose JWT is shown with the signature.
 */
export async function signWithSeed(
  seed: Uint8Array,
  nonce: Uint8Array,
  name: string,
  jwt?: string,
): Promise<Uint8Array> {
  return await withKeyPair(seed, name, (pair) => {
    if (jwt !== undefined) checkSameUser(pair.getPublicKey(), claimsOf(jwt), name);
    return pair.sign(nonce);
  });
}

/** A server would say no more than that it refuses them; of a bearer it takes any signature. Public keys are no secrets. */
function checkSameUser(own: string, { sub, nats }: Claims, name: string): void {
  if (typeof sub !== "string" || sub === own || nats?.bearer_token === true) return;
  throw invalidCredentials(name, `it is the seed of the user ${own}, and the JWT is of another, ${sub}`);
}

/** The public key of a user's seed; zeroes `seed`. Rejects with `INVALID_CREDENTIALS` if it is damaged. */
export async function publicKeyOf(seed: Uint8Array, name: string): Promise<string> {
  return await withKeyPair(seed, name, (pair) => pair.getPublicKey());
}

async function withKeyPair<T>(seed: Uint8Array, name: string, use: (pair: KeyPair) => T): Promise<T> {
  let pair: KeyPair | undefined;
  try {
    const { fromSeed } = await import("@nats-io/nkeys");
    pair = parseSeed(fromSeed, seed, name);
    return use(pair);
  } finally {
    pair?.clear();
    seed.fill(0);
  }
}

function parseSeed(fromSeed: (seed: Uint8Array) => KeyPair, seed: Uint8Array, name: string): KeyPair {
  try {
    return fromSeed(seed);
  } catch {
    // Without the cause: it shows the character that is wrong.
    throw invalidCredentials(name, "it is a damaged seed: its checksum is wrong");
  }
}

/** Signs as often as it is asked to, each time with a seed that `takeSeed` gives away; `jwt` is shown with the signature. */
export function seedSigner(takeSeed: () => Uint8Array, name: string, jwt?: string): Sign {
  return async (nonce) => await signWithSeed(takeSeed(), nonce, name, jwt);
}

/** Signs once with `seed`, which is zeroed then: the next attempt asks for it anew. */
export function oneTimeSigner(seed: Uint8Array, name: string, jwt?: string): Sign {
  let left: Uint8Array | undefined = seed;
  return async (nonce) => {
    const taken = left;
    left = undefined;
    if (taken !== undefined) return await signWithSeed(taken, nonce, name, jwt);
    const message = "the seed was wiped after it had signed; it has to be asked for anew";
    throw new AuthenticationError("CREDENTIALS_FAILED", message, { argument: name });
  };
}
