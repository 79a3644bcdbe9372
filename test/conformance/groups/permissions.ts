import { connect, connectFully, type Group } from "../scenario.ts";
import type { Scene } from "../scene.ts";

const CONFIG = `
authorization {
  default_permissions: { publish: "open.>", subscribe: ["open.>", "_INBOX.>"] }
  users: [
    { user: plain, pass: x }
    { user: limited, pass: x, permissions: {
      publish: { allow: ["a.*", "b.>"], deny: ["a.secret", "b.x.>"] }
      subscribe: { allow: ["a.>", "q.* workers", "in.>"], deny: ["a.secret", "*.hidden"] }
    } }
    { user: mute, pass: x, permissions: { publish: { deny: ">" } } }
    { user: deaf, pass: x, permissions: { subscribe: { deny: ">" } } }
    { user: responder, pass: x, permissions: { subscribe: "service", publish: { deny: ">" }, allow_responses: true } }
    { user: denied, pass: x, permissions: { subscribe: "service", publish: { deny: "nope" }, allow_responses: true } }
    { user: zero, pass: x, permissions: { subscribe: "service", allow_responses: { max: 0, expires: "0s" } } }
    { user: queues, pass: x, permissions: { subscribe: { deny: ["> *", "b x.*"] } } }
    { user: twice, pass: x, permissions: { subscribe: "service", allow_responses: { max: 2, expires: "1m" } } }
    { user: all, pass: x, permissions: { publish: ">", subscribe: ">" } }
  ]
}`;

function as(user: string, fields: object = {}): string {
  return connectFully({ user, pass: "x", ...fields });
}

/** Each of them as a SUB with a number of its own. */
function subscribeTo(...subjects: string[]): string {
  return subjects.map((subject, i) => `SUB ${subject} ${i + 1}\r\n`).join("");
}

function publishTo(...subjects: string[]): string {
  return subjects.map((subject) => `PUB ${subject} 1\r\nx\r\n`).join("");
}

export const PERMISSIONS: Group = {
  name: "Permissions",
  config: CONFIG,
  scenarios: [
    {
      name: "publishing what is allowed and what is not",
      play: async (scene) => {
        const all = await scene.peer("all", `${as("all")}SUB > 1\r\n`);
        const limited = await scene.peer("limited", as("limited"));
        limited.send(publishTo("a.b", "a.secret", "a.b.c", "b.c.d", "b.x.y", "b.x", "b", "c", "a.*", ">"));
        await limited.sync();
        await all.sync();
      },
    },
    {
      name: "publishing, verbose and pedantic",
      play: async (scene) => {
        const limited = await scene.peer("limited", as("limited", { verbose: true, pedantic: true }));
        limited.send(publishTo("a.b", "a.secret", "c", "a.*"));
        await limited.sync();
      },
    },
    {
      name: "subscribing to what is allowed and what is not",
      play: async (scene) => {
        const limited = await scene.peer("limited", as("limited"));
        limited.send(
          subscribeTo("a.b", "a.secret", "a.*", "a.>", "b", ">", "*", "in.hidden", "in.*", "in.a.b", "a.*.c"),
        );
        await limited.sync();
        const all = await scene.peer("all", as("all"));
        all.send(publishTo("a.b", "a.secret", "in.hidden", "in.a", "in.a.b", "a.hidden", "a.b.c"));
        await all.sync();
        scene.note(await deliveries(limited));
        scene.forget("limited");
      },
    },
    {
      name: "what is told of subscriptions that are refused",
      play: async (scene) => {
        const limited = await scene.peer("limited", as("limited", { verbose: true }));
        limited.send(subscribeTo("a.secret", "b", ">", "x.hidden", "a..b", "q.a"));
        await limited.sync();
      },
    },
    {
      name: "queue groups that are allowed and not",
      play: async (scene) => {
        const limited = await scene.peer("limited", as("limited"));
        limited.send(
          "SUB q.a workers 1\r\nSUB q.a others 2\r\nSUB q.a 3\r\nSUB q.* workers 4\r\nSUB q.> workers 5\r\nSUB a.b any 6\r\n",
        );
        await limited.sync();
      },
    },
    {
      name: "queue groups that are denied by wildcards",
      play: async (scene) => {
        const queues = await scene.peer("queues", as("queues"));
        queues.send(
          "SUB a one 1\r\nSUB a one.two 2\r\nSUB a 3\r\nSUB b x.y 4\r\nSUB b x.y.z 5\r\nSUB b x.> 6\r\nSUB b * 7\r\n",
        );
        await queues.sync();
      },
    },
    {
      name: "one that may publish nothing, one that may hear nothing",
      play: async (scene) => {
        const mute = await scene.peer("mute", `${as("mute")}SUB a 1\r\n`);
        const deaf = await scene.peer("deaf", as("deaf"));
        mute.send(publishTo("a", "open.a"));
        await mute.sync();
        deaf.send(subscribeTo("a", "open.a", ">") + publishTo("a"));
        await deaf.sync();
        await mute.sync();
      },
    },
    {
      name: "the permissions of users that have none of their own",
      play: async (scene) => {
        const plain = await scene.peer("plain", as("plain"));
        plain.send(subscribeTo("open.a", "a", "_INBOX.x") + publishTo("open.a", "a", "_INBOX.x"));
        await plain.sync();
      },
    },
    {
      name: "a request without a responder, where the subject may not be published to",
      play: async (scene) => {
        const plain = await scene.peer("plain", `${as("plain")}SUB _INBOX.x 1\r\n`);
        plain.send("PUB a _INBOX.x 1\r\nx\r\nPUB open.nobody _INBOX.x 1\r\nx\r\n");
        await plain.sync();
      },
    },
    ...["responder", "denied", "zero", "twice"].map((user) => ({
      name: `responses of one that may only respond: ${user}`,
      play: async (scene: Scene) => {
        const responder = await scene.peer("responder", `${as(user)}SUB service 1\r\n`);
        const requester = await scene.peer("requester", `${as("all")}SUB inbox.> 9\r\n`);
        requester.send("PUB service inbox.1 3\r\nask\r\n");
        await responder.until("ask\r\n");
        responder.send(publishTo("inbox.2", "inbox.1", "inbox.1", "inbox.1", "other"));
        await responder.sync();
        await requester.sync();
      },
    })),
    {
      name: "reserved names are refused before a permission, and use up none",
      play: async (scene) => {
        const twice = await scene.peer("twice", `${as("twice", { verbose: true })}SUB service 1\r\n`);
        const asker = await scene.peer("asker", as("all"));
        for (const reply of ["$NRG.x", "inbox"]) {
          asker.send(`PUB service ${reply} 0\r\n\r\n`);
          await asker.sync();
        }
        twice.send(publishTo("$NRG.x", "$NRG.x", "$NRG.x", "_GR_.x", "inbox", "inbox", "inbox"));
        twice.send("PUB inbox _GR_.x 0\r\n\r\nSUB service _sys_ 2\r\nSUB other _sys_ 3\r\n");
        await twice.sync();
      },
    },
    {
      name: "another user in a second CONNECT ends subscriptions that it may not have",
      play: async (scene) => {
        const client = await scene.peer("client", `${as("all")}SUB a.b 1\r\nSUB c 2\r\n`);
        client.send(as("limited"));
        await client.sync();
        const all = await scene.peer("all", as("all"));
        all.send(publishTo("a.b", "c"));
        await all.sync();
        await client.sync();
      },
    },
    {
      name: "subjects with spaces, quotes and bytes beyond ASCII in refusals",
      play: async (scene) => {
        const limited = await scene.peer("limited", connect({ user: "limited", pass: "x" }));
        limited.send(
          publishTo("it's", 'a"b', "\u00c3\u00a6", "\u00ff", "a\\b") + subscribeTo("it's", 'a"b', "\u00ff"),
        );
        await limited.sync();
      },
    },
  ],
};

/** Which subscriptions got which subjects, in an order of their own. */
async function deliveries(peer: { sync(): Promise<void>; received: string }): Promise<string[]> {
  await peer.sync();
  const messages = [...peer.received.matchAll(/^MSG (\S+) (\d+)/gm)].map(
    ([, subject, sid]) => `${subject} ${sid}`,
  );
  return [...messages.sort(), ...(peer.received.match(/^-ERR.*/gm) ?? [])];
}
