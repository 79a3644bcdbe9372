import { createPrivateKey, sign } from "node:crypto";
import type { KeyPair } from "@nats-io/nkeys";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What PKCS #8 puts before the 32 bytes of an Ed25519 key. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The same keys, which sign with Node's own code and derive their public key once: nkeys takes milliseconds each time,
 * in JavaScript.
 */
export function native(keys: KeyPair): KeyPair {
  // Two bytes say whose seed it is; a checksum follows.
  const seed = fromBase32(new TextDecoder().decode(keys.getSeed())).subarray(2, 34);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  let publicKey: string | undefined;
  let privateKey: Uint8Array | undefined;
  return Object.assign(Object.create(keys) as KeyPair, {
    getPublicKey: () => (publicKey ??= keys.getPublicKey()),
    getPrivateKey: () => (privateKey ??= keys.getPrivateKey()),
    sign: (input: Uint8Array) => new Uint8Array(sign(null, input, key)),
  });
}

function fromBase32(text: string): Uint8Array {
  const bits = Array.from(text, (letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
