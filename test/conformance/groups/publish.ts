import { CONNECT, connect, connectFully, type Group, saying } from "../scenario.ts";

const BIG = 1024 * 1024;

const LINES = [
  "PUB a 1\r\nx\r\n",
  "pub a 1\r\nx\r\n",
  "PUB\ta\t1\r\nx\r\n",
  "PUB   a   r   1  \r\nx\r\n",
  "PUB a 1\nx\r\n",
  "PUB a 1\r\nx\n",
  "PUB a 1\r\nx\r\r\n",
  "PUB a 0\r\n\r\n",
  "PUB a 0\r\n",
  "PUB a 1\r\n\r\n\r\n",
  "PUB a 1\r\nxy\r\n",
  "PUB a 2\r\nx\r\n\r\n",
  "PUB a\r\nx\r\n",
  "PUB 1\r\nx\r\n",
  "PUB a b c 1\r\nx\r\n",
  "PUB a -1\r\nx\r\n",
  "PUB a +1\r\nx\r\n",
  "PUB a 1.0\r\nx\r\n",
  "PUB a 0x1\r\nx\r\n",
  "PUB a x\r\nx\r\n",
  "PUB a 1048577\r\nx\r\n",
  "PUB a 999999999\r\nx\r\n",
  "PUB a 9999999999\r\nx\r\n",
  "PUB a 99999999999999999999\r\nx\r\n",
  "PUB . 1\r\nx\r\n",
  "PUB a. 1\r\nx\r\n",
  "PUB .a 1\r\nx\r\n",
  "PUB a..b 1\r\nx\r\n",
  "PUB * 1\r\nx\r\n",
  "PUB a.* 1\r\nx\r\n",
  "PUB > 1\r\nx\r\n",
  "PUB a.> 1\r\nx\r\n",
  "PUB a*b 1\r\nx\r\n",
  "PUB a b* 1\r\nx\r\n",
  "PUB a b..c 1\r\nx\r\n",
  "PUB a\u0000b 1\r\nx\r\n",
  "PUB \u00e6\u00f8 1\r\nx\r\n",
  "PUB a _R_.x 1\r\nx\r\n",
  "PUB a $JS.ACK.x 1\r\nx\r\n",
  "PUB a _R_. 1\r\nx\r\n",
  "PUB a $JS.ACK. 1\r\nx\r\n",
  "PUB a _GR_. 1\r\nx\r\n",
  "PUB a $GR.x 1\r\nx\r\n",
  "PUB a $GR. 1\r\nx\r\n",
  "PUB a _GR_.x 1\r\nx\r\n",
  "PUB $SYS.x 1\r\nx\r\n",
  "PUB _GR_.x 1\r\nx\r\n",
  "PUB _GR_. 1\r\nx\r\n",
  "PUB _GR_ 1\r\nx\r\n",
  "PUB _gr_.x 1\r\nx\r\n",
  "PUB $GR.x 1\r\nx\r\n",
  "PUB $GR. 1\r\nx\r\n",
  "PUB a.$GR.x 1\r\nx\r\n",
  "PUB $NRG.x 1\r\nx\r\n",
  "PUB $NRG. 1\r\nx\r\n",
  "PUB $NRG 1\r\nx\r\n",
  "PUB $NRGx 1\r\nx\r\n",
  "PUB _R_.x 1\r\nx\r\n",
  "PUB $JS.ACK.x 1\r\nx\r\n",
  "PUB _GR_.x _R_.x 1\r\nx\r\n",
  "PUB $NRG.x _R_.x 1\r\nx\r\n",
  `PUB a${"b".repeat(5000)} 1\r\nx\r\n`,
  `PUB ${"a.".repeat(100)}b 1\r\nx\r\n`,
];

const HEADER_LINES = [
  "HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n",
  "HPUB a 12 14\r\nNATS/1.0\r\n\r\nxy\r\n",
  "hpub a r 12 14\r\nNATS/1.0\r\n\r\nxy\r\n",
  "HPUB a 18 18\r\nNATS/1.0\r\nA: b\r\n\r\n\r\n",
  "HPUB a 22 22\r\nNATS/1.0 503 no\r\n\r\n\r\n\r\n",
  "HPUB a 0 2\r\nxy\r\n",
  "HPUB a 2 2\r\nxy\r\n",
  "HPUB a 3 2\r\nxy\r\n",
  "HPUB a 2\r\nxy\r\n",
  "HPUB a -1 2\r\nxy\r\n",
  "HPUB a x 2\r\nxy\r\n",
  "HPUB a 2 x\r\nxy\r\n",
  "HPUB a b c 2 2\r\nxy\r\n",
  "HPUB 2 2\r\nxy\r\n",
  "HPUB a 12 1048577\r\nNATS/1.0\r\n\r\n",
  "HPUB a 9999999999 9999999999\r\nNATS/1.0\r\n\r\n",
  "HPUB _GR_.x 12 12\r\nNATS/1.0\r\n\r\n\r\n",
  "HPUB $NRG.x 12 12\r\nNATS/1.0\r\n\r\n\r\n",
  "HPUB a _GR_.x 12 12\r\nNATS/1.0\r\n\r\n\r\n",
  "HPUB a.* 12 12\r\nNATS/1.0\r\n\r\n\r\n",
];

export const PUBLISH: Group = {
  name: "PUB and HPUB",
  scenarios: [
    ...saying(LINES, { first: `${CONNECT}SUB > all\r\n` }),
    ...saying(
      [
        "PUB a 01\r\nx\r\n",
        "PUB a 000000000\r\n\r\n",
        "HPUB a 012 012\r\nNATS/1.0\r\n\r\n\r\n",
        "HPUB a r 0012 00014\r\nNATS/1.0\r\n\r\nhi\r\n",
        "HPUB a 00 2\r\nhi\r\n",
      ],
      { first: `${connectFully()}SUB > all\r\n` },
    ),
    ...saying(HEADER_LINES, { first: `${connectFully()}SUB > all\r\n` }),
    {
      name: "sizes with zeros before them, in pieces, and to one who takes no headers",
      play: async (scene) => {
        const plain = await scene.peer("plain", `${CONNECT}SUB > all\r\n`);
        const full = await scene.peer("full", `${connectFully()}SUB > all\r\n`);
        const text =
          "PUB a r 003\r\nxyz\r\nHPUB a 012 00015\r\nNATS/1.0\r\n\r\nxyz\r\nHPUB a 00 001\r\nx\r\n";
        for (const size of [text.length, 7, 1]) await full.sendInPieces(text, size);
        await full.sync();
        await plain.sync();
      },
    },
    ...saying(["HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n"], { first: `${CONNECT}SUB > all\r\n` }).map(
      (scenario) => ({
        ...scenario,
        name: `by a client that takes no headers: ${scenario.name}`,
      }),
    ),
    ...saying(["HPUB b 12 12\r\nNATS/1.0\r\n\r\n\r\n"], {
      first: `${connectFully({ no_responders: false })}SUB > all\r\n`,
      config: "no_header_support: true",
    }),
    ...[LINES, HEADER_LINES].flatMap((lines) =>
      saying(lines, { first: `${connectFully({ pedantic: true, verbose: true })}SUB > all\r\n` }).map(
        (scenario) => ({ ...scenario, name: `verbose and pedantic: ${scenario.name}` }),
      ),
    ),
    {
      name: "a payload of exactly the maximum, and one byte more",
      play: async (scene) => {
        const receiver = await scene.peer("receiver", `${CONNECT}SUB a 1\r\nSUB done 2\r\n`);
        const sender = await scene.peer("sender", CONNECT);
        sender.send(`PUB a ${BIG}\r\n${"x".repeat(BIG)}\r\nPUB done 0\r\n\r\n`);
        await receiver.until("MSG done");
        scene.note(receiver.received.length - receiver.received.indexOf("MSG a"));
        scene.forget("receiver");
        sender.send(`PUB a ${BIG + 1}\r\n`);
        await sender.ended();
      },
    },
    {
      name: "a maximum counts headers too",
      config: "max_payload: 20",
      play: async (scene) => {
        const client = await scene.peer("client", `${connectFully()}SUB a 1\r\n`);
        client.send("HPUB a 12 20\r\nNATS/1.0\r\n\r\n12345678\r\n");
        await client.sync();
        client.send("HPUB a 12 21\r\nNATS/1.0\r\n\r\n123456789\r\n");
        await client.ended();
      },
    },
    {
      name: "an argument line of the maximum, and longer ones, complete and not",
      config: "max_control_line: 100",
      play: async (scene) => {
        for (const length of [90, 97, 98, 99, 100, 101, 150]) {
          const client = await scene.peer(`PUB ${length}`, CONNECT);
          client.send(`PUB ${"a".repeat(length - 2)} 0\r\n\r\n`);
          await client.sync();
          const subscriber = await scene.peer(`SUB ${length}`, CONNECT);
          subscriber.send(`SUB ${"a".repeat(length - 2)} 1\r\n`);
          await subscriber.sync();
        }
        const endless = await scene.peer("endless", CONNECT);
        endless.send(`SUB ${"a".repeat(200)}`);
        await endless.ended();
      },
    },
    {
      name: "who publishes gets its own messages, unless it wants no echo",
      play: async (scene) => {
        const loud = await scene.peer("loud", `${connect({ echo: true })}SUB a 1\r\n`);
        const quiet = await scene.peer("quiet", `${connect({ echo: false })}SUB a 1\r\nSUB a q 2\r\n`);
        quiet.send("PUB a 5\r\nquiet\r\n");
        await quiet.sync();
        loud.send("PUB a 4\r\nloud\r\n");
        await loud.sync();
        await quiet.sync();
      },
    },
    {
      name: "messages come in the order in which they were published",
      play: async (scene) => {
        const receiver = await scene.peer("receiver", `${CONNECT}SUB n.* 1\r\n`);
        const sender = await scene.peer("sender", CONNECT);
        sender.send(
          Array.from({ length: 500 }, (_, i) => `PUB n.${i % 7} 3\r\n${String(i).padStart(3)}\r\n`).join(""),
        );
        await sender.sync();
        await receiver.until("499\r\n");
      },
    },
    {
      name: "headers are cut off for those who take none",
      play: async (scene) => {
        const plain = await scene.peer("plain", `${CONNECT}SUB a 1\r\n`);
        const full = await scene.peer("full", `${connectFully()}SUB a 1\r\n`);
        full.send(
          "HPUB a r 18 21\r\nNATS/1.0\r\nA: b\r\n\r\nxyz\r\nHPUB a 18 18\r\nNATS/1.0\r\nA: b\r\n\r\n\r\nPUB a 1\r\nx\r\n",
        );
        await full.sync();
        await plain.sync();
      },
    },
  ],
};
