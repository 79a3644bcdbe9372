import type { Authenticator } from "../core/auth/authenticator.ts";
import { findJwt, findSeed } from "../core/auth/credentials-text.ts";
import { checkUserSeed, publicKeyOf, seedSigner } from "../core/auth/nkey-signer.ts";
import { expandPath } from "./expand-path.ts";
import { withSecretFile } from "./secret-file.ts";

/**
 * Logs in with a credentials file, as nsc writes it; the seed may be in a file of its own. Both are read again for every
 * attempt to connect, so that you can renew them; the seed is not kept in between. In both paths `$VAR`, `${VAR}` and a
 * leading `~` are expanded, when this is called.
 *
 * Throws `INVALID_OPTION` for something that is not a path. An attempt to connect fails with `CREDENTIALS_FAILED` if a file
 * can't be read, and with `INVALID_CREDENTIALS` if there is no JWT, no user's seed, or the seed of another user.
 *
 * @example
 * ```ts
 * import { connect, credsFileAuthenticator } from "natspeed";
 *
 * const nc = await connect({ authenticator: credsFileAuthenticator("~/.nats/billing.creds") });
 * await nc.close();
 * ```
 */
export function credsFileAuthenticator(path: string, seedPath?: string): Authenticator {
  const jwtFile = expandPath(path, "path");
  const seedFile = seedPath === undefined ? jwtFile : expandPath(seedPath, "seedPath");
  return () => {
    const jwt = withSecretFile(jwtFile, (contents) => findJwt(contents, jwtFile));
    // What is wrong with the seed shows before the server is dialled.
    readSeed(seedFile).fill(0);
    return { jwt, sign: seedSigner(() => readSeed(seedFile), seedFile, jwt) };
  };
}

/**
 * Logs in with an nkey whose seed (`SU...`) is in a file, alone or in a block. The file is read at once to find mistakes, and
 * again for every attempt to connect; the seed is not kept in between. In the path `$VAR`, `${VAR}` and a leading `~` are
 * expanded, when this is called.
 *
 * Throws `INVALID_OPTION` for something that is not a path, `CREDENTIALS_FAILED` for a file that can't be read, and
 * `INVALID_CREDENTIALS` for one without a user's seed.
 *
 * @example
 * ```ts
 * import { connect, nkeyFileAuthenticator } from "natspeed";
 *
 * const nc = await connect({ authenticator: nkeyFileAuthenticator("$NKEYS_PATH/billing.nk") });
 * await nc.close();
 * ```
 */
export function nkeyFileAuthenticator(path: string): Authenticator {
  const file = expandPath(path, "path");
  readSeed(file).fill(0);
  const sign = seedSigner(() => readSeed(file), file);
  return async () => ({ nkey: await publicKeyOf(readSeed(file), file), sign });
}

/** A copy of the seed, for the caller to wipe. */
function readSeed(file: string): Uint8Array {
  return withSecretFile(file, (contents) => checkUserSeed(findSeed(contents, file), file));
}
