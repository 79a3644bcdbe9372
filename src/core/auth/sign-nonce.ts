import { AuthenticationError, isNatsError, toError } from "../errors.ts";
import { encodeText } from "../protocol/encode-text.ts";
import type { Credentials } from "./authenticator.ts";
import { kindOf } from "./secret.ts";

/** Bytes of an Ed25519 signature. */
const SIGNATURE_LENGTH = 64;

/**
 * The `sig` of CONNECT: the signature of the nonce of the server's INFO, as unpadded URL-safe base64 (AUTH-06,
 * CRED-13). Undefined if there is nothing to sign for: no nkey, and no JWT or that of a bearer. Rejects with
 * `CREDENTIALS_FAILED` if the signer does, or gives something else than a signature.
 */
export async function signNonce(credentials: Credentials, nonce: string): Promise<string | undefined> {
  if (credentials.sign === undefined || !(credentials.jwt || credentials.nkey)) return undefined;
  return toBase64Url(await sign(credentials.sign, encodeText(nonce)));
}

async function sign(signer: NonNullable<Credentials["sign"]>, nonce: Uint8Array): Promise<Uint8Array> {
  let signature: unknown;
  try {
    signature = await signer(nonce);
  } catch (thrown) {
    // A damaged seed says so itself.
    if (isNatsError(thrown, "INVALID_CREDENTIALS")) throw thrown;
    const cause = toError(thrown);
    throw signingFailed(cause.message, cause);
  }
  if (!(signature instanceof Uint8Array))
    throw signingFailed(`it gave ${kindOf(signature)}, not a signature`);
  if (signature.length !== SIGNATURE_LENGTH) {
    throw signingFailed(`a signature has ${SIGNATURE_LENGTH} bytes, not ${signature.length}`);
  }
  return signature;
}

function signingFailed(reason: string, cause?: Error): AuthenticationError {
  const message = `signing the server's nonce failed: ${reason}`;
  return new AuthenticationError("CREDENTIALS_FAILED", message, { cause });
}

function toBase64Url(bytes: Uint8Array): string {
  const padded = btoa(String.fromCharCode(...bytes));
  return padded.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
