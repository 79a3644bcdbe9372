import type { InfoFields, ScriptedPeer } from "./scripted-peer.ts";
import type { Script } from "./scripted-server.ts";

/** One operation of a client, taken apart. */
export interface ClientOperation {
  readonly verb: string;
  readonly args: readonly string[];
  /** The header block of an HPUB. */
  readonly headers: string;
  readonly payload: string;
}

/** Reads the client's next operation; runs of spaces count as one (WIRE-02, WIRE-03). */
export async function readOperation(peer: ScriptedPeer): Promise<ClientOperation> {
  const [verb = "", ...args] = (await peer.readLine()).trim().split(/ +/);
  if (verb !== "PUB" && verb !== "HPUB") return { verb, args, headers: "", payload: "" };
  const size = Number(args.at(-1));
  const headerSize = verb === "HPUB" ? Number(args.at(-2)) : 0;
  const body = await peer.readBytes(size + 2);
  const headers = body.toString("utf8", 0, headerSize);
  return { verb, args, headers, payload: body.toString("utf8", headerSize, size) };
}

export type OnOperation = (operation: ClientOperation, peer: ScriptedPeer) => void;

/** Answers each PING and shows every other operation to `on`, until the client goes away. */
export async function answerPings(peer: ScriptedPeer, on: OnOperation = () => {}): Promise<void> {
  for (;;) {
    const operation = await readOperation(peer);
    if (operation.verb === "PING") peer.send("PONG\r\n");
    else on(operation, peer);
  }
}

/** The script of a server that accepts every client and answers its PINGs. */
export function acceptAll(on?: OnOperation, info: InfoFields = {}): Script {
  return async (peer) => {
    await peer.accept(info);
    await answerPings(peer, on);
  };
}
