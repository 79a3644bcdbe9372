import { CONNECT, connectFully, type Group, type Scenario } from "../scenario.ts";
import type { Scene } from "../scene.ts";
import { answerIn, ASK } from "../user-info.ts";

const CONFIG = `
accounts {
  A: { users: [{ user: a, pass: x }, { user: a2, pass: x }] }
  B: { users: [{ user: b, pass: x, permissions: { publish: "only.this" } }] }
  SYS: { users: [{ user: sys, pass: x }] }
}
system_account: SYS`;

function as(user: string): string {
  return connectFully({ user, pass: "x" });
}

export const ACCOUNTS: Group = {
  name: "Accounts and $SYS.REQ.USER.INFO",
  config: CONFIG,
  scenarios: [
    {
      name: "accounts hear nothing of each other",
      play: async (scene) => {
        const a = await scene.peer("a", `${as("a")}SUB > 1\r\n`);
        const a2 = await scene.peer("a2", as("a2"));
        const b = await scene.peer("b", `${as("b")}SUB > 1\r\n`);
        a2.send("PUB x 1\r\na\r\n");
        b.send("PUB only.this 1\r\nb\r\n");
        await a2.sync();
        await b.sync();
        await a.sync();
      },
    },
    {
      name: "a request to another account's responder has none",
      play: async (scene) => {
        await scene.peer("b", `${as("b")}SUB service 1\r\n`);
        const a = await scene.peer("a", `${as("a")}SUB inbox 9\r\n`);
        a.send("PUB service inbox 1\r\nx\r\n");
        await a.sync();
      },
    },
    ...["a", "b", "sys"].map((user) => ({
      name: `who user ${user} is`,
      play: async (scene: Scene) => {
        const client = await scene.peer(user, `${as(user)}SUB inbox 9\r\n`);
        client.send("PUB $SYS.REQ.USER.INFO inbox 0\r\n\r\n");
        await client.sync();
        // The answer comes from another of the server's threads.
        if (user !== "b") await client.until(/^H?MSG inbox/m);
        scene.note(answerIn(client.received));
        scene.forget(user);
      },
    })),
    {
      name: "subjects of Raft are for the system account alone",
      play: async (scene) => {
        for (const user of ["a", "b", "sys"]) {
          const client = await scene.peer(user, `${as(user)}SUB $NRG.> 1\r\nSUB _GR_.> 2\r\n`);
          client.send("PUB $NRG.x 0\r\n\r\nPUB _GR_.x 0\r\n\r\nPUB $GR.x 0\r\n\r\n");
          await client.sync();
        }
      },
    },
    asked("who somebody without an account is", "", CONNECT),
    asked(
      "who a user without permissions is",
      "authorization { users: [{ user: joe, pass: x }] }",
      as("joe"),
    ),
    asked(
      "who a user with permissions is",
      `authorization { users: [{ user: joe, pass: x, permissions: {
        publish: { allow: ["$SYS.REQ.USER.INFO", "b"], deny: "b.c" }, subscribe: "inbox",
        allow_responses: { max: 3, expires: "1m" } } }] }`,
      as("joe"),
    ),
  ],
};

/** Someone asks a server of its own who that is. */
function asked(name: string, config: string, first: string): Scenario {
  return {
    name,
    config,
    play: async (scene) => {
      const client = await scene.peer("client", first + ASK);
      await client.until(/^H?MSG inbox/m);
      scene.note(answerIn(client.received));
      scene.forget("client");
    },
  };
}
