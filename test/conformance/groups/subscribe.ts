import { CONNECT, connect, type Group, type Scenario, saying } from "../scenario.ts";
import type { Scene } from "../scene.ts";

/** The patterns by which all of them are asked for, and the subjects that are published. */
const PATTERNS = [
  "a",
  "a.b",
  "*",
  "a.*",
  "*.b",
  "a.*.c",
  "a.>",
  ">",
  "*.*",
  "*.>",
  "a.b.c",
  "a*",
  "a.>b",
  "a.*b.c",
  "a.b.*",
];
const SUBJECTS = [
  "a",
  "b",
  "a.b",
  "a.c",
  "b.b",
  "a.b.c",
  "a.x.c",
  "a.b.c.d",
  "x.y.z",
  "a*",
  "a.>b",
  "a.*b.c",
  "A",
  "a.b.*",
];

const SUBSCRIBES = [
  "SUB a 1\r\n",
  "sub a 1\r\n",
  "SUB a q 1\r\n",
  "SUB a _sys_ 1\r\n",
  "SUB a _SYS_ 1\r\n",
  "SUB a _sys_.x 1\r\n",
  "SUB a..b _sys_ 1\r\n",
  "SUB _sys_ 1\r\n",
  "SUB _GR_.x 1\r\n",
  "SUB $NRG.x 1\r\n",
  "SUB\ta\tq\t1\r\n",
  "SUB  a   1  \r\n",
  "SUB a 1\n",
  "SUB a b c 1\r\n",
  "SUB a\r\n",
  "SUB a. 1\r\n",
  "SUB .a 1\r\n",
  "SUB a..b 1\r\n",
  "SUB . 1\r\n",
  "SUB >. 1\r\n",
  "SUB >.a 1\r\n",
  "SUB a.>.b 1\r\n",
  "SUB a.> 1\r\n",
  "SUB a* 1\r\n",
  "SUB a.*x 1\r\n",
  "SUB >> 1\r\n",
  "SUB ** 1\r\n",
  "SUB a sid-with-anything/in:it\r\n",
  "SUB a q.* 1\r\n",
  "SUB a q.> 1\r\n",
  "SUB a q..q 1\r\n",
  "SUB a \u00e6 1\r\n",
  "SUB a 1\r\nSUB a 1\r\n",
  "SUB a 1\r\nSUB b 1\r\n",
  "UNSUB 1\r\n",
  "UNSUB unknown\r\n",
  "UNSUB 1 x\r\n",
  "UNSUB 1 -1\r\n",
  "UNSUB 1 2 3\r\n",
  "UNSUB 1 0\r\n",
  "UNSUB 1 99999999999999999999\r\n",
];

const THEN = "PUB a 1\r\nx\r\nPUB b 1\r\ny\r\n";

/** What comes when a maximum is set like this, at this time, and five messages are published. */
function limited(name: string, before: string, between: string): Scenario {
  const publish = (texts: string[]): string => texts.map((text) => `PUB a 1\r\n${text}\r\n`).join("");
  return {
    name,
    play: async (scene) => {
      const client = await scene.peer("client", CONNECT + before);
      client.send(publish(["1", "2"]) + between + publish(["3", "4", "5"]));
      await client.sync();
      const { body } = await scene.server.page("/connz?subs=detail");
      const { connections } = JSON.parse(body) as { connections: { subscriptions_list_detail?: object }[] };
      const details = (connections[0]?.subscriptions_list_detail ?? []) as Record<string, unknown>[];
      scene.note(details.map(({ subject, sid, msgs, max }) => ({ subject, sid, msgs, max })));
    },
  };
}

export const SUBSCRIBE: Group = {
  name: "SUB and UNSUB",
  scenarios: [
    ...saying(SUBSCRIBES.map((line) => line + THEN)).map((scenario, i) => ({
      ...scenario,
      name: JSON.stringify(SUBSCRIBES[i]).slice(1, -1),
    })),
    ...saying(
      SUBSCRIBES.map((line) => line + THEN),
      { first: connect({ verbose: true, pedantic: true }) },
    ).map((scenario, i) => ({
      ...scenario,
      name: `verbose and pedantic: ${JSON.stringify(SUBSCRIBES[i]).slice(1, -1)}`,
    })),
    ...PATTERNS.map((pattern) => ({
      name: `what ${pattern} matches`,
      play: async (scene: Scene) => {
        const client = await scene.peer("client", `${CONNECT}SUB ${pattern} 1\r\n`);
        client.send(SUBJECTS.map((subject) => `PUB ${subject} 0\r\n\r\n`).join(""));
        await client.sync();
      },
    })),
    limited("a maximum from the beginning", "SUB a 1\r\nUNSUB 1 3\r\n", ""),
    limited("a maximum that is not reached", "SUB a 1\r\nUNSUB 1 9\r\n", ""),
    limited("a maximum set on the way counts from the beginning", "SUB a 1\r\n", "UNSUB 1 3\r\n"),
    limited("a maximum that has been passed ends at once", "SUB a 1\r\n", "UNSUB 1 1\r\n"),
    limited("a maximum that has just been reached ends at once", "SUB a 1\r\n", "UNSUB 1 2\r\n"),
    limited("a maximum that is raised", "SUB a 1\r\nUNSUB 1 3\r\n", "UNSUB 1 4\r\n"),
    limited("a maximum that is lowered", "SUB a 1\r\nUNSUB 1 5\r\n", "UNSUB 1 3\r\n"),
    limited("a maximum that is taken back by an end", "SUB a 1\r\nUNSUB 1 5\r\n", "UNSUB 1\r\n"),
    limited("a maximum of 0", "SUB a 1\r\nUNSUB 1 0\r\n", ""),
    limited("an end, and the number used again", "SUB a 1\r\n", "UNSUB 1\r\nSUB a 1\r\n"),
    limited("a maximum of a queue subscription", "SUB a q 1\r\nUNSUB 1 3\r\n", ""),
    {
      name: "subscriptions beyond the maximum",
      config: "max_subscriptions: 2",
      play: async (scene) => {
        const client = await scene.peer("client", CONNECT);
        client.send(`SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nSUB a 1\r\n${THEN}PUB c 1\r\nz\r\n`);
        await client.sync();
        client.send("UNSUB 1\r\nSUB c 3\r\nPUB c 1\r\nz\r\n");
        await client.sync();
      },
    },
    {
      name: "150,000 subscriptions to one subject, and a message to it",
      play: async (scene) => {
        const client = await scene.peer("client", CONNECT);
        // A subject of its own: nats-server takes seconds for as many on one that it remembers a match of (2.15).
        client.send(Array.from({ length: 150_000 }, (_, i) => `SUB crowd ${i}\r\n`).join(""));
        await client.sync();
        client.send("PUB crowd 1\r\nx\r\n");
        await client.sync();
        scene.note(client.received.match(/^MSG crowd \d+ 1\r\nx\r\n/gm)?.length);
        scene.forget("client");
      },
    },
    {
      name: "subjects of thousands of tokens, as many as a raised maximum of lines lets through",
      config: "max_control_line: 131072",
      play: async (scene) => {
        const client = await scene.peer("client", CONNECT);
        for (const count of [2000, 8000, 30_000]) {
          const subject = (token: string): string => Array.from({ length: count }, () => token).join(".");
          client.send(`SUB ${subject("*")} any\r\nSUB ${subject("a")} a\r\nPUB ${subject("b")} 0\r\n\r\n`);
          await client.sync();
        }
      },
    },
    {
      name: "one message for each of several subscriptions that match",
      play: async (scene) => {
        const watcher = await scene.peer("watcher", CONNECT);
        const client = await scene.peer("client", CONNECT);
        client.send("SUB a.b 1\r\nSUB a.b 2\r\nSUB a.* 3\r\nSUB a.> 4\r\nSUB > 5\r\n");
        await client.sync();
        watcher.send("PUB a.b 1\r\nx\r\n");
        await watcher.sync();
        await client.sync();
        // Which of them is first is nowhere said.
        scene.note(
          [...client.received.matchAll(/^MSG a\.b (\d)/gm)]
            .map(([, sid]) => Number(sid))
            .sort((a, b) => a - b),
        );
        scene.forget("client");
      },
    },
  ],
};
