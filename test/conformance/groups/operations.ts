import { CONNECT, connect, type Group, saying } from "../scenario.ts";
import type { Scene } from "../scene.ts";

const PINGS = [
  "PING\r\n",
  "ping\r\n",
  "PiNg\r\n",
  "PING\n",
  "PING \r\n",
  "PING x\r\n",
  "PINGPONG\r\n",
  "PINGX\r\n",
];

const LINES = [
  "PIN\r\n",
  "PO\r\n",
  "PONG\r\n",
  "pong\n",
  "PONG x\r\n",
  "PONGS\r\n",
  "+OK\r\n",
  "+ok\r\n",
  "+OKAY\r\n",
  "+O\r\n",
  "+X\r\n",
  "-ERR 'x'\r\n",
  "-ERR\r\n",
  "-err 'x'\r\n",
  "-E\r\n",
  "INFO {}\r\n",
  "info {}\r\n",
  "INFO\r\n",
  "I\r\n",
  "MSG a 1 1\r\nx\r\n",
  "HMSG a 1 1 1\r\nx\r\n",
  "RS+ a b\r\n",
  "LS+ a\r\n",
  "A+ a\r\n",
  "\r\n",
  "\n",
  "\r",
  " \r\n",
  " PING\r\n",
  "\tPING\r\n",
  "X\r\n",
  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  "\u0000\r\n",
  "\u00ff\r\n",
  "\u0016\u0003\u0001\u0002\r\n",
  "SUBX a 1\r\n",
  "PUBLISH a 1\r\nx\r\n",
  "UNSUBSCRIBE 1\r\n",
  "S\r\n",
  "SU\r\n",
  "SUB\r\n",
  "SUB \r\n",
  "SUB a\r\n",
  "UN\r\n",
  "UNSUB\r\n",
  "UNSUB \r\n",
  "P\r\n",
  "PU\r\n",
  "PUB\r\n",
  "H\r\n",
  "HP\r\n",
  "HPUB\r\n",
  "HPUB \r\n",
  "C\r\n",
];

export const OPERATIONS: Group = {
  name: "Operations and what is none",
  scenarios: [
    ...saying(PINGS, { pongs: 1 }),
    ...saying(LINES),
    {
      name: "the first byte of what is no operation is enough",
      play: async (scene) => {
        const client = await scene.peer("client", CONNECT);
        client.send("X");
        await client.ended();
      },
    },
    {
      name: "the byte at which an operation goes wrong is enough",
      play: async (scene) => {
        for (const text of ["PINX", "SUBS", "CONX", "UNSX", "HPUX", "+X", "-EX", "PX"]) {
          const client = await scene.peer(text, CONNECT);
          client.send(text);
          await client.ended();
        }
      },
    },
    {
      name: "what follows an error in the same piece is not looked at",
      play: async (scene) => {
        const client = await scene.peer("client", CONNECT);
        client.send("SUB a 1\r\nPUB a 1\r\nx\r\nNO\r\nPUB a 1\r\ny\r\nPING\r\n");
        await client.ended();
      },
    },
    ...[
      ["PING with much behind it", "PING", `${"x".repeat(3000)}\r\n`],
      ["PONG with much behind it", `PONG ${"x".repeat(3000)}`, "\r\n"],
      ["+OK with much behind it", `+OK${"x".repeat(3000)}`, "\r\nPING\r\n"],
      ["a SUB with many blanks", `SUB ${" ".repeat(3000)}`, "a 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\n"],
      ["a line of the maximum, cut between CR and LF", `SUB ${"a".repeat(1022)} 1\r`, "\n"],
    ].map(([name = "", first = "", second = ""]) => ({
      name: `${name}, in one piece and in two`,
      config: "max_control_line: 1024",
      play: async (scene: Scene) => {
        for (const pieces of [1, 2]) {
          const client = await scene.peer(`in ${pieces}`, CONNECT);
          await client.sendInPieces(first + second, pieces === 1 ? Infinity : first.length);
          await client.answered(/PING/.test(first + second) ? 1 : 0);
          await client.sync();
        }
      },
    })),
    ...["\n", "\r\n"].flatMap((end) =>
      [1, 2, 3, 7, 64].map((size) => ({
        name: `a conversation in pieces of ${size} bytes, lines ended by ${JSON.stringify(end)}`,
        play: async (scene: Scene) => {
          const client = await scene.peer("client");
          const lines = [
            connect({ protocol: 1, headers: true }).trimEnd(),
            "SUB a.* 1",
            "SUB a.> workers 2",
            "PUB a.b 5\r\nhello\r",
            "PUB a.b a.reply 0\r\n\r",
            "HPUB a.b 18 21\r\nNATS/1.0\r\nA: b\r\n\r\nxyz\r",
            "UNSUB 2 3",
            "PUB a.c 3\r\nx\ny\r",
            "UNSUB 1",
            "PUB a.d 2\r\n\r\n\r",
            "PING",
          ];
          const text = lines.map((line) => (line.endsWith("\r") ? `${line}\n` : line + end)).join("");
          await client.sendInPieces(text, size);
          await client.answered(1);
        },
      })),
    ),
  ],
};
