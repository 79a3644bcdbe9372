import { connectFully, type Group, type Scenario } from "../scenario.ts";
import type { Scene } from "../scene.ts";

const CONFIG = `
accounts {
  A: { users: [{ user: a, pass: x }, { user: a2, pass: x }] }
  B: { users: [{ user: b, pass: x }] }
  SYS: { users: [{ user: sys, pass: x }] }
}
system_account: SYS`;

function nameOf(user: string): string {
  return `name of ${user}`;
}

function as(user: string, fields: object = {}): string {
  return connectFully({ user, pass: "x", name: nameOf(user), lang: "test", version: "1.2", ...fields });
}

/**
 * What differs from server to server, or from run to run: only whether it is there, and what it is. What has come already may
 * still be pending for a nats-server.
 */
const OWN = new Set(
  (
    "bytes id name host ver seq time now server_id timestamp start stop rtt cid port last_activity uptime idle " +
    "pending_bytes"
  ).split(" "),
);
/** The same of whoever asks: a nats-server counts what it has read once it has dealt with that, and answers meanwhile. */
const OWN_OF_ASKER = new Set([...OWN, "in_msgs", "in_bytes", "received"]);
/** What a nats-server alone tells. */
const ONLY_NATS_SERVER = new Set(["jetstream", "flags", "feature_flags", "cluster", "domain", "metadata"]);

function shown(document: unknown, asker: string): unknown {
  if (Array.isArray(document)) return document.map((item) => shown(item, asker));
  if (typeof document !== "object" || document === null) return document;
  const own = isOf(asker, document) ? OWN_OF_ASKER : OWN;
  return Object.fromEntries(
    Object.entries(document)
      .filter(([name]) => !ONLY_NATS_SERVER.has(name))
      .map(([name, value]) => [name, own.has(name) ? typeof value : shown(value, asker)]),
  );
}

/** Whether it tells of the asker's connection or account. */
function isOf(asker: string, { name, acc }: { readonly name?: unknown; readonly acc?: unknown }): boolean {
  return name === nameOf(asker) || acc === asker.toUpperCase();
}

/** The documents that came for a subscription; `asker` is the user who has asked for them. */
function documents(
  received: string,
  sid: number,
  asker = "",
): { readonly subject: string; readonly document: unknown }[] {
  const pattern = new RegExp(
    `^H?MSG (\\S+) ${sid} (?:\\S+ )?[\\d ]+\\r\\n(?:NATS/1\\.0[^]*?\\r\\n\\r\\n)?(\\{.*\\})\\r\\n`,
    "gm",
  );
  return Array.from(received.matchAll(pattern), ([, subject, json]) => ({
    subject: subject!,
    document: shown(JSON.parse(json!), asker),
  }));
}

/** Somebody asks; what the answer says is noted. */
function asked(user: string, subject: string, request = ""): Scenario {
  return {
    name: `user ${user} asks ${subject}${request === "" ? "" : ` ${request}`}`,
    play: async (scene) => {
      const other = await scene.peer("other", `${as("a2")}SUB other.* q 7\r\n`);
      other.send("PUB x 5\r\nhello\r\n");
      await other.sync();
      // A nats-server has counted that before it reads on.
      await other.sync();
      await scene.peer("b", as("b"));
      const client = await scene.peer("client", `${as(user)}SUB inbox 9\r\n`);
      client.send(`PUB ${subject} inbox ${request.length}\r\n${request}\r\n`);
      // The answer comes from another of the server's threads.
      await client.until(/^H?MSG inbox|503/m);
      scene.note(documents(client.received, 9, user));
      scene.note(/^NATS\/1\.0 503/m.test(client.received));
      scene.forget("client");
    },
  };
}

export const SYSTEM: Group = {
  name: "What the system account tells",
  config: CONFIG,
  scenarios: [
    ...["sys", "a"].flatMap((user) => [
      asked(user, "$SYS.REQ.SERVER.PING.IDZ"),
      asked(user, "$SYS.REQ.ACCOUNT.PING.CONNZ"),
      asked(user, "$SYS.REQ.SERVER.PING.CONNZ"),
      asked(user, "$SYS.REQ.ACCOUNT.A.CONNZ"),
    ]),
    ...[
      '{"sort":"cid","subscriptions":true}',
      '{"subscriptions_detail":true,"auth":true}',
      '{"limit":1}',
    ].map((request) => asked("a", "$SYS.REQ.ACCOUNT.PING.CONNZ", request)),
    asked("sys", "$SYS.REQ.ACCOUNT.A.CONNZ", '{"sort":"nonsense"}'),
    asked("a", "$SYS.REQ.ACCOUNT.PING.STATZ"),
    asked("sys", "$SYS.REQ.ACCOUNT.A.STATZ"),
    {
      name: "user sys asks $SYS.REQ.ACCOUNT.A.STATZ when one of the account has gone",
      play: async (scene: Scene) => {
        const sys = await scene.peer("sys", `${as("sys")}SUB $SYS.ACCOUNT.*.DISCONNECT 2\r\n`);
        // Without one an account has no statistics.
        await scene.peer("left", as("a"));
        const gone = await scene.peer("gone", as("a2"));
        gone.send("PUB x 5\r\nhello\r\n");
        await gone.sync();
        gone.destroy();
        await sys.until(/^MSG \S+ 2 [^]*\}\r\n/m);
        sys.send("SUB inbox 9\r\nPUB $SYS.REQ.ACCOUNT.A.STATZ inbox 0\r\n\r\n");
        await sys.until(/^H?MSG inbox/m);
        scene.note(documents(sys.received, 9));
        scene.forget("sys");
      },
    },
    {
      name: "the system account is told who comes and goes",
      play: async (scene: Scene) => {
        const sys = await scene.peer(
          "sys",
          `${as("sys")}SUB $SYS.ACCOUNT.*.CONNECT 1\r\nSUB $SYS.ACCOUNT.*.DISCONNECT 2\r\n`,
        );
        const a = await scene.peer("a", `${as("a")}SUB x 1\r\n`);
        await sys.until(/^MSG \S+\.A\.CONNECT 1 [^]*\}\r\n/m);
        a.send("PUB x 5\r\nhello\r\n");
        await a.sync();
        a.destroy();
        await sys.until(/^MSG \S+ 2 [^]*\}\r\n/m);
        // It may hear of itself, too: nats-server tells when it gets round to it.
        const heard = [1, 2].flatMap((sid) => documents(sys.received, sid));
        scene.note(heard.filter(({ subject }) => !subject.includes(".SYS.")));
        scene.forget("sys");
      },
    },
  ],
};
