import { vi } from "vitest";

/** NATS's library for keys decodes a seed by way of copies that it leaves to the garbage collector. */
const isOfNkeys = (): boolean => new Error().stack!.includes("@nats-io/nkeys");

/** Watches what is copied of `secret` while `body` runs. */
export async function copiesOf(secret: string, body: () => Promise<unknown>): Promise<Copies> {
  const made: Uint8Array[] = [];
  const isSecret = (bytes: Uint8Array): boolean => Buffer.from(bytes).toString("latin1").includes(secret);
  /** The copies that held the secret when they were made. */
  const note = (bytes: Uint8Array): Uint8Array => {
    if (isSecret(bytes) && !isOfNkeys()) made.push(bytes);
    return bytes;
  };
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its array below
  const { slice } = Uint8Array.prototype;
  vi.spyOn(Uint8Array.prototype, "slice").mockImplementation(function (this: Uint8Array, start, end) {
    return note(slice.call(this, start, end)) as Uint8Array<ArrayBuffer>;
  });
  // oxlint-disable-next-line typescript/unbound-method -- as is this
  const { encode } = TextEncoder.prototype;
  vi.spyOn(TextEncoder.prototype, "encode").mockImplementation(function (this: TextEncoder, text) {
    return note(encode.call(this, text)) as Uint8Array<ArrayBuffer>;
  });
  const construct = (target: typeof Uint8Array, args: unknown[], newTarget: typeof Uint8Array) =>
    note(Reflect.construct(target, args, newTarget) as Uint8Array);
  vi.stubGlobal("Uint8Array", new Proxy(Uint8Array, { construct }));
  try {
    await body();
  } finally {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  }
  return { made: made.length, left: () => made.filter(isSecret).length };
}

/** How many copies of a secret there were, and how many hold it still. */
export interface Copies {
  readonly made: number;
  readonly left: () => number;
}
