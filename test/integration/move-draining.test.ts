import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { acceptAll, readOperation } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

test("a move does not tell the next server of a subscription that is being drained [RECON-28]", async () => {
  const said: string[] = [];
  // Says nothing once a subscription ends: the drain still waits when the connection moves.
  await using first = await ScriptedServer.start(async (peer) => {
    await peer.accept();
    for (let isMute = false; ;) {
      const { verb } = await readOperation(peer);
      isMute ||= verb === "UNSUB";
      if (verb === "PING" && !isMute) peer.send("PONG\r\n");
    }
  });
  await using second = await ScriptedServer.start(
    acceptAll(({ verb, args }) => void said.push([verb, ...args].join(" "))),
  );
  // A short patience: the first server is given up for silent.
  await using nc = await connect({ servers: [first.url, second.url], randomize: false, timeout: 300 });
  const log = new EventLog(nc);
  const draining = nc.subscribe("a", { callback: () => {} });
  nc.subscribe("b", { callback: () => {} });
  await nc.flush();
  const drained = draining.drain();
  void nc.reconnect();
  await log.wait("moved");
  await nc.flush();
  expect(said.filter((line) => line.startsWith("SUB"))).toEqual(["SUB b 2"]);
  // Until then it waits for what the first still has for it.
  first.peers[0]!.destroy();
  await drained;
});
