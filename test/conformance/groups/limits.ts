import { CONNECT, connect, connectFully, type Group } from "../scenario.ts";

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
