import { readFileSync } from "node:fs";
import { AuthenticationError, toError } from "../core/errors.ts";
import { wiping } from "../core/auth/secret.ts";

/**
 * What `use` makes of the file's contents, which are zeroed in any case. Throws `CREDENTIALS_FAILED` naming
 * the file if it can't be read.
 */
export function withSecretFile<T>(path: string, use: (contents: Uint8Array) => T): T {
  return wiping(read(path), use);
}

// Not asynchronous: the file is small, and that way of reading leaves copies behind that nobody can wipe.
function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (thrown) {
    const cause = toError(thrown);
    const message = `can't read the credentials in "${path}": ${cause.message}`;
    throw new AuthenticationError("CREDENTIALS_FAILED", message, { argument: path, cause });
  }
}
