import { describe, expect, test } from "vitest";
import { connect, type ConnectOptions, type Connection, PermissionError } from "../../src/index.ts";
import { collect, keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { groupNeeds, useServer, withServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";

const user = (name: string, permissions: string): string =>
  `{ user: ${name}, password: secret, permissions: ${permissions} }`;

const config = (...users: string[]): string => `authorization { users: [ ${users.join(", ")} ] }`;

const access = useServer({
  config: config(
    user("boss", `{ publish: ">", subscribe: ">" }`),
    user("joe", `{ publish: { deny: ["secret.>"] }, subscribe: { deny: ["secret.>"] } }`),
    user("ann", `{ publish: ">", subscribe: ["open.>", "jobs workers"] }`),
    user("bob", `{ publish: ["open.>", "_INBOX.>"], subscribe: ">" }`),
    user("sue", `{ publish: ["open.>"], subscribe: ">" }`),
  ),
});

function as(name: string, options: ConnectOptions = {}): Promise<Connection> {
  return connect({ servers: access.url, user: name, password: "secret", ...options });
}

const ask = (nc: Connection, subject: string, ownInbox = false) =>
  nc.request(subject, "x", { timeout: NEVER, ownInbox });

describe("a forbidden subject with characters that the server writes in another way", () => {
  test.each(['secret."a"', String.raw`secret.\a`, "secret.\u200da", "secret.\u00a0a"])(
    "%j ends the request and the subscription that it was for [ERR-05]",
    async (subject) => {
      await using joe = await as("joe");
      const events = new EventLog(joe);
      expect(await failure(ask(joe, subject))).toMatchObject({ code: "PUBLISH_DENIED", subject });
      const sub = joe.subscribe(subject, { queue: 'q"' });
      expect(await failure(sub.next())).toMatchObject({ code: "SUBSCRIBE_DENIED", subject, queue: 'q"' });
      expect(await events.wait("error", 2)).toMatchObject({ subscription: sub });
    },
  );
});

describe("a request whose subject is forbidden", () => {
  test.each([false, true])(
    "ends at once, and no other in flight does (own inbox: %j) [ERR-05]",
    async (ownInbox) => {
      await using boss = await as("boss");
      await using joe = await as("joe");
      const events = new EventLog(joe);
      const gate = new Gate();
      boss.subscribe("slow", {
        callback: async (m) => {
          await gate.opened;
          m.respond("done");
        },
        concurrency: 10,
      });
      boss.subscribe("secret.>", { callback: (m) => m.respond("never") });
      await boss.flush();
      const others = [ask(joe, "slow"), ask(joe, "slow", true)];
      const error = await failure(ask(joe, "secret.a", ownInbox));
      expect(error).toBeInstanceOf(PermissionError);
      expect(error).toMatchObject({ code: "PUBLISH_DENIED", subject: "secret.a", server: access.url });
      expect(await events.wait("error")).toMatchObject({ error: { code: "PUBLISH_DENIED" } });
      gate.open();
      expect((await Promise.all(others)).map((m) => m.string())).toEqual(["done", "done"]);
      expect(events.types).toEqual(["error"]);
      expect(joe.state).toBe("connected");
    },
  );

  test("each ends once, with as many errors as there are requests [ERR-05]", async () => {
    await using joe = await as("joe");
    const events = new EventLog(joe);
    const errors = await Promise.all([1, 2, 3].map(() => failure(ask(joe, "secret.a"))));
    expect(errors.map(({ code }) => code)).toEqual(["PUBLISH_DENIED", "PUBLISH_DENIED", "PUBLISH_DENIED"]);
    await events.wait("error", 3);
    expect(await failure(joe.requestMany("secret.b", "x", { maxWait: NEVER }).next())).toMatchObject({
      code: "PUBLISH_DENIED",
      subject: "secret.b",
    });
  });
});

describe("a publish that is forbidden", () => {
  test("is told with its subject, and concerns no subscription, not even that to the same subject [ERR-05]", async () => {
    await using bob = await as("bob");
    const events = new EventLog(bob);
    const sub = bob.subscribe("closed.a");
    bob.publish("closed.a", "unseen");
    const event = await events.wait("error");
    expect(event.error).toMatchObject({ code: "PUBLISH_DENIED", subject: "closed.a", server: access.url });
    expect(event).not.toHaveProperty("subscription");
    expect(bob.lastError).toBe(event.error);
    await using boss = await as("boss");
    boss.publish("closed.a", "seen");
    expect((await sub.next({ timeout: NEVER })).string()).toBe("seen");
    expect(sub.state).toBe("active");
  });

  test("for its reply subject is told with that, and fails no request", async () => {
    await using joe = await as("joe");
    const events = new EventLog(joe);
    joe.subscribe("echo", { callback: (m) => m.respond(m.data) });
    joe.publish("open.a", "x", { reply: "_R_.reserved" });
    expect(await events.wait("error")).toMatchObject({
      error: { code: "PUBLISH_DENIED", subject: "_R_.reserved" },
    });
    expect((await ask(joe, "echo")).string()).toBe("x");
  });
});

describe("a response that is forbidden, to a request of the same connection", () => {
  test("fails the request that it is for, and no other [ERR-05]", async () => {
    await using sue = await as("sue");
    await using boss = await as("boss");
    const gate = new Gate();
    boss.subscribe("open.slow", {
      callback: async (m) => {
        await gate.opened;
        m.respond("done");
      },
    });
    await boss.flush();
    sue.subscribe("open.local", { callback: (m) => m.respond("unseen") });
    const slow = ask(sue, "open.slow");
    expect(await failure(ask(sue, "open.local"))).toMatchObject({ code: "PUBLISH_DENIED" });
    gate.open();
    expect((await slow).string()).toBe("done");
  });

  test("fails none if its token is nobody's [ERR-05]", async () => {
    await using sue = await as("sue");
    await using boss = await as("boss");
    const events = new EventLog(sue);
    const replies: string[] = [];
    boss.subscribe("open.slow", { callback: (m) => void replies.push(m.reply!) });
    await boss.flush();
    const requests = [ask(sue, "open.slow"), ask(sue, "open.slow")];
    await expect.poll(() => replies.length).toBe(2);
    const token = replies[0]!.slice(-8);
    const otherSalt = (token.startsWith("z") ? "y" : "z") + token.slice(1);
    const denied = [otherSalt, "--------", `${token}0`, token.slice(1), "x"].map(
      (other) => replies[0]!.slice(0, -8) + other,
    );
    for (const reply of denied) sue.publish(reply);
    await events.wait("error", denied.length);
    for (const reply of replies) boss.publish(reply, "done");
    expect((await Promise.all(requests)).map((m) => m.string())).toEqual(["done", "done"]);
  });
});

describe("a user who may not have an inbox", () => {
  test.each([false, true])(
    "has requests rejected with SUBSCRIBE_DENIED, each one (own inbox: %j) [ERR-05]",
    async (ownInbox) => {
      await using ann = await as("ann");
      await using boss = await as("boss");
      boss.subscribe("echo", { callback: (m) => m.respond(m.data) });
      await boss.flush();
      const events = new EventLog(ann);
      for (let i = 1; i <= 2; i++) {
        const error = await failure(ask(ann, "echo", ownInbox));
        expect(error).toMatchObject({ name: "PermissionError", code: "SUBSCRIBE_DENIED" });
        expect(error.message).toContain("echo");
        const event = await events.wait("error", i);
        expect(event.error.subject).toMatch(/^_INBOX\./);
        expect(event).not.toHaveProperty("subscription");
      }
      // A prefix that is allowed serves.
      await using other = await as("ann", { inboxPrefix: "open.inbox" });
      expect((await ask(other, "echo", ownInbox)).string()).toBe("x");
    },
  );
});

describe("a subscription that is forbidden", () => {
  const forbidden = { code: "SUBSCRIBE_DENIED", subject: "closed.a" };

  test("ends its loop with the error [R53] [SUB-08]", async () => {
    await using ann = await as("ann");
    const error = await failure(collect(ann.subscribe("closed.a")));
    expect(error).toMatchObject(forbidden);
  });

  test("ends batches(), readable() and next() with the error [SUB-08]", async () => {
    await using ann = await as("ann");
    expect(await failure(ann.subscribe("closed.a").batches().next())).toMatchObject(forbidden);
    expect(await failure(ann.subscribe("closed.a").readable().getReader().read())).toMatchObject(forbidden);
    expect(await failure(ann.subscribe("closed.a").next({ timeout: NEVER }))).toMatchObject(forbidden);
  });

  test("says so by `closed`, and by an event that names it [R53] [SUB-08]", async () => {
    await using ann = await as("ann");
    const events = new EventLog(ann);
    const sub = ann.subscribe("closed.a", { callback: () => undefined });
    expect(await sub.closed).toMatchObject({ reason: "failed", abandoned: 0, error: forbidden });
    expect(await events.wait("error")).toMatchObject({ error: forbidden });
    expect(events.of("error")[0]!.subscription).toBe(sub);
    expect([sub.state, ann.subscriptionCount]).toEqual(["closed", 0]);
  });

  test("is the one of its queue: others on the same subject go on [ERR-05]", async () => {
    await using ann = await as("ann");
    await using boss = await as("boss");
    const events = new EventLog(ann);
    const allowed = ann.subscribe("jobs", { queue: "workers" });
    const sub = ann.subscribe("jobs", { queue: "others" });
    const plain = ann.subscribe("jobs");
    expect(await sub.closed).toMatchObject({
      reason: "failed",
      error: { code: "SUBSCRIBE_DENIED", subject: "jobs", queue: "others" },
    });
    expect((await plain.closed).error).toMatchObject({ subject: "jobs" });
    await events.wait("error", 2);
    expect(new Set(events.of("error").map(({ subscription }) => subscription))).toEqual(
      new Set([sub, plain]),
    );
    boss.publish("jobs", "1");
    expect((await allowed.next({ timeout: NEVER })).string()).toBe("1");
  });

  test("while other subscriptions of the connection lose nothing", async () => {
    await using ann = await as("ann");
    const received: string[] = [];
    ann.subscribe("open.a", { callback: keepTexts(received) });
    ann.subscribe("closed.a");
    const sent = publishNumbers(ann, "open.a", 100);
    await ann.flush();
    expect(received).toEqual(sent);
  });
});

groupNeeds("a configuration that is read again")(
  "permissions that are taken away while the client is connected",
  () => {
    const before = config(user("joe", `{ publish: ">", subscribe: ">" }`), user("boss", `{ publish: ">" }`));
    const after = config(
      user("joe", `{ publish: { deny: "work.>" }, subscribe: { deny: "work.>" } }`),
      user("boss", `{ publish: ">" }`),
    );

    test("end what they were for, after handing out what came; all else goes on [R53] [SUB-08] [ERR-05]", async () => {
      await withServer({ config: before }, async (server) => {
        const options = { servers: server.url, password: "secret" };
        await using joe = await connect({ ...options, user: "joe" });
        const events = new EventLog(joe);
        const gate = new Gate();
        const handled: string[] = [];
        const byCallback = joe.subscribe("work.a", {
          callback: async (m) => {
            await gate.opened;
            handled.push(m.string());
          },
        });
        const read = joe.subscribe("work.a");
        const kept = joe.subscribe("other");
        const sent = publishNumbers(joe, "work.a", 5);
        await joe.flush();
        await server.reload(after);
        await events.wait("error", 2);
        const failed = { reason: "failed", error: { code: "SUBSCRIBE_DENIED", subject: "work.a" } };
        // What came before is still there.
        expect([byCallback.state, read.state]).toEqual(["draining", "draining"]);
        gate.open();
        expect(await byCallback.closed).toMatchObject({ ...failed, abandoned: 0 });
        expect(handled).toEqual(sent);
        const texts: string[] = [];
        const reading = (async () => {
          for await (const m of read) texts.push(m.string());
        })();
        expect(await failure(reading)).toMatchObject(failed.error);
        expect(texts).toEqual(sent);
        expect(await failure(joe.request("work.b", "x", { timeout: NEVER }))).toMatchObject({
          code: "PUBLISH_DENIED",
          subject: "work.b",
        });
        expect([joe.state, kept.state]).toEqual(["connected", "active"]);
        joe.publish("other", "on");
        expect((await kept.next({ timeout: NEVER })).string()).toBe("on");
      });
    });
  },
);
