import { encodeText } from "../protocol/text.ts";
import { checkGiven, fixed } from "./authenticators.ts";
import type { Authenticator, Credentials } from "./authenticator.ts";
import { findSeed, isJwt, parseCredentials } from "./credentials-text.ts";
import { invalidCredentials } from "./invalid-credentials.ts";
import { checkUserSeed, copySeed, oneTimeSigner, seedSigner, type Sign } from "./nkey-signer.ts";
import { copySecret, isSecret, kindOf, type Provider, type Secret, wiping, wrongKind } from "./secret.ts";

/**
 * Logs in with a user's JWT and the user's seed (`SU...`), or a function, to sign the server's nonce. A bearer JWT needs
 * neither. The JWT may be a function, which is called for every attempt to connect; if it returns an empty string, nothing is
 * sent or signed.
 *
 * Throws `INVALID_OPTION` for a wrong type, and `INVALID_CREDENTIALS` for something that is not a JWT or not a user's seed. If
 * the seed is that of another user, the attempt to connect fails with `INVALID_CREDENTIALS`.
 *
 * @example
 * ```ts
 * import { connect, jwtAuthenticator } from "natspeed";
 *
 * const jwt = async () => process.env.NATS_JWT ?? "";
 * const nc = await connect({ authenticator: jwtAuthenticator(jwt, process.env.NATS_SEED) });
 * await nc.close();
 * ```
 */
export function jwtAuthenticator(jwt: string | Provider<string>, signWith?: Secret | Sign): Authenticator {
  const signerFor = signersOf(signWith);
  if (typeof jwt === "function") {
    return async (context) => {
      const given = checkGiven("jwt", await jwt(context)).trim();
      return withSigner(given === "" ? given : checkJwt(given), signerFor);
    };
  }
  if (typeof jwt !== "string") throw wrongKind("jwt", "a string or a function", jwt);
  const credentials = withSigner(checkJwt(jwt.trim()), signerFor);
  // A function may sign otherwise the next time.
  return typeof signWith === "function" ? () => credentials : fixed(() => credentials);
}

/** What signs for a JWT. */
type SignerFor = (jwt: string) => Sign;

function signersOf(signWith: Secret | Sign | undefined): SignerFor | undefined {
  if (signWith === undefined) return undefined;
  if (typeof signWith === "function") return () => signWith;
  if (!isSecret(signWith)) throw wrongKind("seed", "a string, bytes or a function that signs", signWith);
  const seed = copySeed(signWith, "seed");
  return (jwt) => seedSigner(() => seed.slice(), "seed", jwt);
}

function withSigner(jwt: string, signerFor: SignerFor | undefined): Credentials {
  return signerFor === undefined ? { jwt } : { jwt, sign: signerFor(jwt) };
}

function checkJwt(jwt: string): string {
  if (isJwt(encodeText(jwt))) return jwt;
  const reason = "it is not a JWT; for what is in a credentials file there is credsAuthenticator";
  throw invalidCredentials("jwt", reason);
}

/**
 * Logs in with the contents of a credentials file: a JWT and a seed, as nsc and the account server write them. For the file
 * itself there is `credsFileAuthenticator`. The contents may be a function, which is called for every attempt to connect. Bytes
 * are copied, and the copies are wiped after use; wiping the original is up to you. A string can't be wiped.
 *
 * Throws `INVALID_OPTION` for a wrong type, and `INVALID_CREDENTIALS` for contents without a JWT or a user's seed. If the seed
 * is that of another user, the attempt to connect fails with `INVALID_CREDENTIALS`.
 *
 * @example
 * ```ts
 * import { connect, credsAuthenticator } from "natspeed";
 *
 * const nc = await connect({ authenticator: credsAuthenticator(() => process.env.NATS_CREDS ?? "") });
 * await nc.close();
 * ```
 */
export function credsAuthenticator(contents: Secret | Provider<Secret>): Authenticator {
  if (typeof contents === "function") {
    return async (context) => {
      const given: unknown = await contents(context);
      if (!isSecret(given)) {
        throw invalidCredentials("contents", `its function returned ${kindOf(given)}, not a string or bytes`);
      }
      const { jwt, seed } = parseUserCredentials(given);
      context.secrets?.keep(seed);
      return { jwt, sign: oneTimeSigner(seed, "contents", jwt) };
    };
  }
  if (!isSecret(contents)) throw wrongKind("contents", "a string, bytes or a function", contents);
  const { jwt, seed } = parseUserCredentials(contents);
  const credentials = { jwt, sign: seedSigner(() => seed.slice(), "contents", jwt) };
  return fixed(() => credentials);
}

/** One line that ends in `.creds`, or has a slash, as no JWT and no seed has. */
const PATH = /^(?!-)[^\n\r]*(?:\.creds|[/\\][^\n\r]*)$/;

function parseUserCredentials(contents: Secret): { readonly jwt: string; readonly seed: Uint8Array } {
  // What is shown of it is nothing, for it may be a secret all the same.
  if (typeof contents === "string" && PATH.test(contents))
    throw invalidCredentials("contents", "it looks like a path; for a file there is credsFileAuthenticator");
  return wiping(copySecret(contents), (bytes) => {
    // Without a seed, findSeed says why.
    const { jwt, seed = findSeed(bytes) } = parseCredentials(bytes);
    return { jwt, seed: checkUserSeed(seed, "contents") };
  });
}
