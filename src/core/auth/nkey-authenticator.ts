import { fixed } from "./authenticators.ts";
import type { Authenticator } from "./authenticator.ts";
import { invalidCredentials } from "./invalid-credentials.ts";
import { copySeed, oneTimeSigner, publicKeyOf, seedSigner, type Sign } from "./nkey-signer.ts";
import { isSecret, kindOf, type Provider, type Secret, wrongKind } from "./secret.ts";

/** An nkey whose seed stays where it is, in a hardware module or a key service. */
export interface NkeySigner {
  /** The public nkey of a user, `U...`. */
  readonly publicKey: string;
  /** Signs the server's nonce: the raw Ed25519 signature, 64 bytes. */
  readonly sign: Sign;
}

/**
 * Logs in with an nkey: its seed (`SU...`), a function that returns the seed and is called for every attempt to connect, or
 * the public key with a function that signs. A seed in bytes is copied, and the copies are wiped after use; wiping the original
 * is up to you. A string can't be wiped.
 *
 * Throws `INVALID_OPTION` for a wrong type, and `INVALID_CREDENTIALS` for something that is not the seed or key of a user.
 *
 * @example
 * ```ts
 * import { connect, nkeyAuthenticator } from "natspeed";
 *
 * const nc = await connect({ authenticator: nkeyAuthenticator(() => process.env.NATS_SEED ?? "") });
 * await nc.close();
 * ```
 */
export function nkeyAuthenticator(seed: Secret | Provider<Secret> | NkeySigner): Authenticator {
  if (isSecret(seed)) return fixedSeed(copySeed(seed, "seed"));
  if (typeof seed === "function") return givenSeed(seed);
  if (typeof seed === "object" && seed !== null) return remoteKey(seed);
  throw wrongKind("seed", "a string, bytes, a function or { publicKey, sign }", seed);
}

function fixedSeed(seed: Uint8Array): Authenticator {
  const sign = seedSigner(() => seed.slice(), "seed");
  return fixed(async () => ({ nkey: await publicKeyOf(seed.slice(), "seed"), sign }));
}

function givenSeed(provide: Provider<Secret>): Authenticator {
  return async (context) => {
    const given: unknown = await provide(context);
    if (!isSecret(given)) {
      throw invalidCredentials("seed", `its function returned ${kindOf(given)}, not a string or bytes`);
    }
    const seed = copySeed(given, "seed");
    context.secrets?.keep(seed);
    try {
      return { nkey: await publicKeyOf(seed.slice(), "seed"), sign: oneTimeSigner(seed, "seed") };
    } catch (error) {
      seed.fill(0);
      throw error;
    }
  };
}

function remoteKey(signer: NkeySigner): Authenticator {
  const { publicKey, sign } = signer;
  if (typeof publicKey !== "string") throw wrongKind("publicKey", "a string", publicKey);
  if (typeof sign !== "function") throw wrongKind("sign", "a function", sign);
  if (!/^U[A-Z2-7]{55}$/.test(publicKey)) {
    throw invalidCredentials("publicKey", "it is not the public nkey of a user (U...)");
  }
  const boundSign = sign.bind(signer);
  // Not fixed: what the function signs with is not known here.
  return () => ({ nkey: publicKey, sign: boundSign });
}
