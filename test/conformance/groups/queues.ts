import { CONNECT, connectFully, type Group } from "../scenario.ts";

const COUNT = 3000;

/** How many messages a peer has had. */
function messages(received: string): number {
  return received.match(/^MSG /gm)?.length ?? 0;
}

export const QUEUES: Group = {
  name: "Queue groups",
  scenarios: [
    {
      name: "each message goes to one member of each group, and members get about as many",
      play: async (scene) => {
        const names = ["first", "second", "third"];
        const members = await Promise.all(
          names.map((name) => scene.peer(name, `${CONNECT}SUB work workers ${name}\r\n`)),
        );
        const others = await scene.peer("others", `${CONNECT}SUB work others 1\r\n`);
        const plain = await scene.peer("plain", `${CONNECT}SUB work 1\r\n`);
        const sender = await scene.peer("sender", CONNECT);
        sender.send("PUB work 1\r\nx\r\n".repeat(COUNT));
        await sender.sync();
        for (const peer of [...members, others, plain]) await peer.sync();
        const counts = members.map(({ received }) => messages(received));
        scene.note(counts.reduce((sum, count) => sum + count, 0));
        scene.note(counts.every((count) => count > COUNT / 6));
        scene.note([messages(others.received), messages(plain.received)]);
        for (const name of [...names, "others", "plain"]) scene.forget(name);
      },
    },
    {
      name: "a member that leaves gets nothing more, the others get all",
      play: async (scene) => {
        const leaver = await scene.peer("leaver", `${CONNECT}SUB work workers 1\r\n`);
        const stayer = await scene.peer("stayer", `${CONNECT}SUB work workers 1\r\n`);
        leaver.send("UNSUB 1\r\n");
        await leaver.sync();
        const sender = await scene.peer("sender", CONNECT);
        sender.send("PUB work 1\r\nx\r\n".repeat(20));
        await sender.sync();
        await stayer.sync();
        await leaver.sync();
      },
    },
    {
      name: "members at wildcards and at the subject itself are one group",
      play: async (scene) => {
        const client = await scene.peer("client", CONNECT);
        client.send("SUB work.* workers 1\r\nSUB work.a workers 2\r\nSUB > workers 3\r\n");
        client.send("PUB work.a 1\r\nx\r\n".repeat(100));
        await client.sync();
        scene.note(messages(client.received));
        scene.forget("client");
      },
    },
    {
      name: "a publisher without echo leaves its messages to other members, and to none if it is the only one",
      play: async (scene) => {
        const quiet = await scene.peer("quiet", `${connectFully({ echo: false })}SUB work workers 1\r\n`);
        quiet.send("PUB work reply 1\r\nx\r\n");
        await quiet.sync();
        const member = await scene.peer("member", `${CONNECT}SUB work workers 1\r\n`);
        quiet.send("PUB work 1\r\ny\r\n".repeat(10));
        await quiet.sync();
        await member.sync();
      },
    },
    {
      name: "a request that a member takes has an answer, and no 503 beside it",
      play: async (scene) => {
        const members = await Promise.all(
          ["first", "second"].map((name) => scene.peer(name, `${connectFully()}SUB work workers 1\r\n`)),
        );
        const requester = await scene.peer("requester", `${connectFully()}SUB inbox.* 9\r\n`);
        for (let i = 0; i < 20; i++) {
          requester.send(`PUB work inbox.${i} 3\r\nask\r\n`);
          await requester.sync();
          const asked = members.find(({ received }) => received.includes(` inbox.${i} `));
          asked?.send(`PUB inbox.${i} 6\r\nanswer\r\n`);
          await asked?.sync();
        }
        await requester.sync();
        for (const name of ["first", "second"]) scene.forget(name);
      },
    },
    {
      name: "a request that a member takes beside a plain subscription, and one without echo",
      play: async (scene) => {
        const member = await scene.peer("member", `${connectFully()}SUB a q 1\r\nSUB b q 2\r\n`);
        const plain = await scene.peer("plain", `${connectFully()}SUB a 1\r\n`);
        const requester = await scene.peer(
          "requester",
          `${connectFully({ echo: false })}SUB inbox.* 9\r\nSUB b q 2\r\nSUB c q 3\r\n`,
        );
        requester.send("PUB a inbox.a 0\r\n\r\nPUB b inbox.b 0\r\n\r\nPUB c inbox.c 0\r\n\r\n");
        await requester.sync();
        await member.sync();
        await plain.sync();
      },
    },
    {
      name: "a request to a group whose only member has left, is full, or is denied",
      config: `authorization { users: [
        { user: all, pass: x }
        { user: denied, pass: x, permissions: { subscribe: { deny: "a.secret" } } }
      ] }`,
      play: async (scene) => {
        const as = (user: string): string => connectFully({ user, pass: "x" });
        const denied = await scene.peer("denied", `${as("denied")}SUB a.* q 1\r\n`);
        const full = await scene.peer("full", `${as("all")}SUB full q 1\r\nUNSUB 1 1\r\n`);
        const left = await scene.peer("left", `${as("all")}SUB left q 1\r\nUNSUB 1\r\n`);
        const requester = await scene.peer("requester", `${as("all")}SUB inbox.* 9\r\n`);
        for (const subject of ["a.secret", "a.open", "full", "full", "left"]) {
          requester.send(`PUB ${subject} inbox.x 0\r\n\r\n`);
        }
        await requester.sync();
        for (const peer of [denied, full, left]) await peer.sync();
      },
    },
    {
      name: "a member with a maximum leaves when it is reached",
      play: async (scene) => {
        const client = await scene.peer("client", CONNECT);
        client.send("SUB work workers 1\r\nUNSUB 1 2\r\n");
        client.send("PUB work 1\r\nx\r\n".repeat(3));
        await client.sync();
        client.send("SUB work workers 2\r\nPUB work 1\r\ny\r\n");
        await client.sync();
      },
    },
  ],
};
