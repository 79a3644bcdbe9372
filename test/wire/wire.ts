import { type ConnectOptions, connect, type Connection } from "../../src/index.ts";
import { type InfoFields, type ScriptedPeer } from "../support/scripted-peer.ts";
import { type Script, ScriptedServer } from "../support/scripted-server.ts";

/** One end of a wire in the hands of a test; at the other is natspeed. */
export interface Wire {
  readonly nc: Connection;
  readonly peer: ScriptedPeer;
  /** All that the client has sent since the handshake, or since this was asked last; the PING that asks is left out. */
  readonly sent: () => Promise<string>;
  /**
   * Sends this to the client, and returns what the client has sent when it has decoded all of it and its handlers
   * have returned. The PONGs that it owes for PINGs in `data` have to be said.
   */
  readonly receive: (data: string | Uint8Array, pongs?: number) => Promise<string>;
}

/** Connects to a scripted server, for the time that `body` takes. */
export async function onTheWire(
  body: (wire: Wire) => Promise<void>,
  options: ConnectOptions = {},
  info: InfoFields = {},
): Promise<void> {
  const script: Script = async (peer) => {
    await peer.accept(info);
  };
  await withScript(script, async (server) => {
    const nc = await connect({ servers: server.url, reconnect: false, ...options });
    try {
      await body(wireOf(nc, await server.peer(1)));
    } finally {
      await nc.close();
    }
  });
}

/** A wire to a client whose handshake is over. */
export function wireOf(nc: Connection, peer: ScriptedPeer): Wire {
  let read = peer.received.length;
  const sent = async (): Promise<string> => {
    const flushed = nc.flush();
    while ((await peer.readLine()) !== "PING");
    const text = peer.received.slice(read, -"PING\r\n".length);
    read = peer.received.length;
    peer.send("PONG\r\n");
    await flushed;
    return text;
  };
  const receive = async (data: string | Uint8Array, pongs = 0): Promise<string> => {
    peer.send(data);
    peer.send("PING\r\n");
    for (let seen = 0; seen <= pongs;) if ((await peer.readLine()) === "PONG") seen++;
    const text = peer.received.slice(read, -"PONG\r\n".length);
    read = peer.received.length;
    return text;
  };
  return { nc, peer, sent, receive };
}

/** A scripted server for the time that `body` takes; what the script throws fails the test. */
export async function withScript(
  script: Script,
  body: (server: ScriptedServer) => Promise<void>,
): Promise<void> {
  const server = await ScriptedServer.start(script);
  try {
    await body(server);
  } finally {
    await server.stop();
  }
}
