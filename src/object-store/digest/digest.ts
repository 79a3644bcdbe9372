import { chunkNotLoaded } from "../../core/failures.ts";

/** A SHA-256 of bytes that come one after another. */
export interface Digest {
  update(bytes: Uint8Array): unknown;
  /** Of all bytes; called once, at the end. */
  digest(): Uint8Array;
}

interface NodeCrypto {
  createHash(algorithm: "sha256"): Digest;
}

interface NodeProcess {
  getBuiltinModule?(name: "node:crypto"): NodeCrypto | undefined;
}

/**
 * Begins a digest: with the runtime's own hash on Node, Bun and Deno, elsewhere with one in JavaScript, which is loaded then.
 * Web Crypto has none for bytes that come in parts. Rejects with `CHUNK_NOT_LOADED`.
 */
export async function newDigest(): Promise<Digest> {
  return nativeDigest() ?? (await portableDigest());
}

/** Undefined where the runtime has none. */
function nativeDigest(): Digest | undefined {
  const { process } = globalThis as { readonly process?: NodeProcess };
  return process?.getBuiltinModule?.("node:crypto")?.createHash("sha256");
}

async function portableDigest(): Promise<Digest> {
  try {
    const { Sha256 } = await import("./sha256.ts");
    return new Sha256();
  } catch (thrown) {
    throw chunkNotLoaded(thrown);
  }
}
