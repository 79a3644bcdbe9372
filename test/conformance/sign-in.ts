import { fromSeed, type KeyPair } from "@nats-io/nkeys";
import type { Peer } from "./peer.ts";
import { connect } from "./scenario.ts";
import type { Scene } from "./scene.ts";

export function keysOf(seed: string): KeyPair {
  return fromSeed(new TextEncoder().encode(seed));
}

/** The nonce that the server asked a peer to sign. */
function nonceOf(received: string): string {
  return (JSON.parse(/^INFO (.*)\r\n/.exec(received)![1]!) as { nonce?: string }).nonce ?? "";
}

/** What a peer answers to its nonce with these keys, in base64; `change` spoils the nonce. */
export function signatureOf(
  peer: Peer,
  keys: KeyPair,
  change: (nonce: string) => string = (nonce) => nonce,
): string {
  const signature = keys.sign(new TextEncoder().encode(change(nonceOf(peer.received))));
  return Buffer.from(signature).toString("base64url");
}

/** A peer that signs in with these keys; `change` spoils the nonce. */
export async function signed(
  scene: Scene,
  name: string,
  seed: string,
  fields: (sign: string, publicKey: string) => object,
  change?: (nonce: string) => string,
): Promise<void> {
  const client = await scene.peer(name);
  const keys = keysOf(seed);
  client.send(connect(fields(signatureOf(client, keys, change), keys.getPublicKey())));
  await client.sync();
}
