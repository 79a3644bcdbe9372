/** Whether a signature of the text, in base64, was made with the seed of a public key. */
export type VerifyNkey = (publicKey: string, text: string, signature: string) => boolean;

/** Loads what verifying takes, which most servers don't need. */
export async function loadNkeyVerifier(): Promise<VerifyNkey> {
  const { fromPublic } = await import("@nats-io/nkeys");
  return (publicKey, text, signature) => {
    try {
      return fromPublic(publicKey).verify(new TextEncoder().encode(text), fromBase64(signature));
    } catch {
      return false;
    }
  };
}

/** Takes both alphabets, with padding or without. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
