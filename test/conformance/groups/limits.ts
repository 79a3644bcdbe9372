import { eventually } from "../../support/eventually.ts";
import type { Peer } from "../peer.ts";
import { CONNECT, connect, connectFully, type Group, type Scenario } from "../scenario.ts";
import type { Scene } from "../scene.ts";

/** More than systems take for a peer that reads nothing. */
const FLOOD = { messages: 60, size: 250_000 };

/** One who reads nothing while much waits for it gets all of that before the end that `make` brings about. */
function slowly(name: string, config: string, make: (scene: Scene, slow: Peer) => void): Scenario[] {
  return [
    {
      name: `a slow reader gets all that waits for it before its connection ends by ${name}`,
      config: `write_deadline: "60s"\n${config}`,
      play: async (scene) => {
        const slow = await scene.peer("slow", `${CONNECT}SUB a 1\r\n`);
        slow.pause();
        const sender = await scene.peer("sender", CONNECT);
        for (let i = 0; i < FLOOD.messages; i++) {
          sender.send(`PUB a ${FLOOD.size}\r\n${String(i).padEnd(FLOOD.size)}\r\n`);
        }
        await sender.sync();
        sender.destroy();
        make(scene, slow);
        // It is listed no more, or the server listens no more.
        await eventually(async () => {
          if ((await scene.connections()) > 0) throw new Error("it is connected yet");
        });
        slow.resume();
        await slow.ended();
        const heard = slow.received;
        scene.note(Array.from(heard.matchAll(/^MSG a 1 250000\r\n(\d+)/gm), ([, i]) => Number(i)));
        scene.note(heard.slice(heard.lastIndexOf(" ") + 1));
        scene.forget("slow");
        scene.forget("sender");
      },
    },
  ];
}

export const LIMITS: Group = {
  name: "Limits, keep-alive and lame duck mode",
  scenarios: [
    {
      name: "one connection more than the maximum",
      config: "max_connections: 2",
      play: async (scene) => {
        await scene.peer("first", CONNECT);
        await scene.peer("second", CONNECT);
        const third = await scene.peer("third");
        await third.ended();
      },
    },
    {
      name: "a client that answers no PING",
      config: 'ping_interval: "100ms", ping_max: 2',
      play: async (scene) => {
        const client = await scene.peer("client");
        client.send(connect({ protocol: 1 }));
        await client.ended();
        scene.note(client.received.match(/^PING\r\n/gm)?.length);
      },
    },
    {
      name: "a client that answers each PING",
      config: 'ping_interval: "100ms", ping_max: 2',
      play: async (scene) => {
        const client = await scene.peer("client");
        client.send(connect());
        for (let pings = 1; pings <= 5; pings++) {
          await client.until(new RegExp(`(?:PING\\r\\n){${pings}}`));
          client.send("PONG\r\n");
        }
        await client.sync();
        scene.note(client.received.includes("-ERR"));
        scene.forget("client");
      },
    },
    {
      name: "lame duck mode is told to those who take INFO, then they are let go",
      config: 'lame_duck_duration: "30s", lame_duck_grace_period: "1s"',
      play: async (scene) => {
        const told = await scene.peer("told", connectFully());
        const old = await scene.peer("old", CONNECT);
        scene.server.lameDuck();
        await told.until('"ldm":true');
        await told.ended();
        await old.ended();
      },
    },
    {
      name: "lame duck mode is not told to one that has sent CONNECT and no PING yet, nor later",
      config: 'lame_duck_duration: "30s", lame_duck_grace_period: "2s"',
      play: async (scene) => {
        const told = await scene.peer("told", connectFully());
        const early = await scene.peer("early");
        early.send(connectFully({ verbose: true }));
        await early.until("+OK");
        scene.server.lameDuck();
        await told.until('"ldm":true');
        await early.sync();
        await Promise.all([early.ended(), told.ended()]);
        scene.note(early.received.includes("ldm"));
      },
    },
    {
      name: "lame duck mode without clients is the end at once",
      config: 'lame_duck_duration: "600s", lame_duck_grace_period: "500s"',
      play: async (scene) => {
        scene.server.lameDuck();
        const isOver = (): Promise<boolean> =>
          scene.server.page("/varz").then(
            () => false,
            () => true,
          );
        while (!(await isOver())) await new Promise((resolve) => setImmediate(resolve));
      },
    },
    {
      name: "in lame duck mode nobody new comes in, and those who are in go on until their end",
      config: 'lame_duck_duration: "30s", lame_duck_grace_period: "2s"',
      play: async (scene) => {
        const names = ["first", "second", "third"];
        const peers = await Promise.all(
          names.map((name) => scene.peer(name, `${connectFully()}SUB a 1\r\n`)),
        );
        scene.server.lameDuck();
        for (const peer of peers) await peer.until('"ldm":true');
        scene.note(await scene.isRefused());
        peers[0]!.send("PUB a 2\r\nhi\r\n");
        for (const peer of peers) await peer.until("hi\r\n");
        scene.note(peers.map(({ transcript }) => transcript.at(-1)));
        for (const peer of peers) await peer.ended();
      },
    },
    {
      name: "lame duck mode lets clients go one after another, and those who are left go on",
      config: 'lame_duck_duration: "30s", lame_duck_grace_period: "500ms"',
      play: async (scene) => {
        const names = ["one", "two", "three"];
        const peers = await Promise.all(
          names.map((name) => scene.peer(name, `${connectFully()}SUB a 1\r\n`)),
        );
        scene.server.lameDuck();
        const ended: Peer[] = [];
        const ends = peers.map(async (peer) => {
          await peer.ended();
          // In no order, but half a second at least before the next.
          if (ended.push(peer) > 1) return;
          for (const other of peers) if (other !== peer) other.send("PUB a 2\r\nhi\r\n");
        });
        await Promise.all(ends);
        scene.note(ended.map(({ received }) => received.includes("hi\r\n")).at(-1));
        scene.note(ended[0]!.received.includes("hi\r\n"));
        for (const name of names) scene.forget(name);
      },
    },
    ...slowly("lame duck mode", 'lame_duck_duration: "30s", lame_duck_grace_period: "1s"', (scene) =>
      scene.server.lameDuck(),
    ),
    ...slowly("a payload that is too large", "", (_, slow) => slow.send("PUB a 9999999\r\n")),
    ...slowly("what is no operation", "", (_, slow) => slow.send("NONSENSE\r\n")),
    ...slowly("a bad protocol version", "", (_, slow) => slow.send(connect({ protocol: 7 }))),
    ...slowly("what it says last", "", (_, slow) => slow.end()),
    {
      name: "a subscriber that reads nothing is cut off, the publisher goes on",
      config: 'max_pending: 1mb, write_deadline: "10s"',
      play: async (scene) => {
        const slow = await scene.peer("slow", `${CONNECT}SUB a 1\r\n`);
        slow.pause();
        const sender = await scene.peer("sender", CONNECT);
        for (let i = 0; i < 64; i++) {
          sender.send(`PUB a 500000\r\n${"x".repeat(500_000)}\r\n`);
          await sender.sync();
        }
        slow.resume();
        await slow.ended();
        scene.forget("slow");
        scene.note(sender.received.includes("-ERR"));
      },
    },
  ],
};
