import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  connect,
  type Connection,
  headers,
  type RequestOptions,
  type Subscription,
} from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

const access = useServer();

/** Somebody who is asked, and somebody who asks through a proxy. */
interface Scene {
  readonly nc: Connection;
  readonly log: EventLog;
  readonly proxy: Proxy;
  /** Takes everything under `ask.>`. */
  readonly asked: Subscription;
}

async function withScene(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using responder = await connect(access.url);
  const asked = responder.subscribe("ask.>");
  await responder.flush();
  await using proxy = await Proxy.start(access.server.port);
  await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
  await nc.flush();
  await body({ nc, log: new EventLog(nc), proxy, asked });
}

/** Until so much waits that what comes now is not handed over. */
async function block({ nc, proxy }: Scene): Promise<void> {
  proxy.stall("up");
  const filling = new Uint8Array(256 * KIB);
  while (nc.pendingBytes < 4 * MIB) {
    nc.publish("filling", filling);
    await nextTurn();
  }
}

async function loseLink({ log, proxy }: Scene): Promise<void> {
  proxy.refuse();
  proxy.cut();
  await log.wait("disconnected");
}

async function restoreLink({ nc, log, proxy }: Scene): Promise<void> {
  proxy.resume();
  await proxy.accept();
  await log.wait("reconnected");
  await nc.flush();
}

/** What was asked until all that had been published has come, by subject and in order. */
async function heard({ nc, asked }: Scene): Promise<string[]> {
  nc.publish("ask.end");
  const subjects: string[] = [];
  for (;;) {
    const { subject } = await asked.next({ timeout: 10_000 });
    if (subject === "ask.end") return subjects;
    subjects.push(subject);
  }
}

const WAYS: [title: string, options: RequestOptions][] = [
  ["on the shared inbox", {}],
  ["on an inbox of its own", { ownInbox: true }],
];

describe.each(WAYS)("a request %s", (_title, way) => {
  test("that only waited when the link was lost says sent: false, and is never sent; sent: true is of those that were handed over [RECON-06]", async () => {
    await withScene(async (scene) => {
      const { nc, log, asked } = scene;
      const first = failure(nc.request("ask.first", "x", { ...way, timeout: NEVER }));
      expect((await asked.next({ timeout: 10_000 })).subject).toBe("ask.first");
      await block(scene);
      nc.publish("ask.before");
      const waiting = failure(nc.request("ask.waiting", "x", { ...way, timeout: NEVER }));
      nc.publish("ask.after");
      await nextTurn();
      await loseLink(scene);
      expect(await first).toMatchObject({ code: "DISCONNECTED", sent: true, subject: "ask.first" });
      expect(await waiting).toMatchObject({ code: "DISCONNECTED", sent: false, subject: "ask.waiting" });
      await restoreLink(scene);
      expect(await heard(scene)).toEqual(["ask.before", "ask.after"]);
      expect(log.of("error")).toEqual([]);
    });
  });

  test("that only waited when the link was lost is sent with the next, with onDisconnect: wait [RECON-06]", async () => {
    await withScene(async (scene) => {
      const { nc, asked } = scene;
      await block(scene);
      const waiting = nc.request("ask.waiting", "x", { ...way, timeout: NEVER, onDisconnect: "wait" });
      await nextTurn();
      await loseLink(scene);
      await restoreLink(scene);
      const message = await asked.next({ timeout: 10_000 });
      message.respond("here");
      expect((await waiting).string()).toBe("here");
      expect(await heard(scene)).toEqual([]);
    });
  });

  test("that timed out or was aborted while there was no link is never sent [REQ-15] [REQ-17]", async () => {
    await withScene(async (scene) => {
      const { nc, log } = scene;
      await loseLink(scene);
      const controller = new AbortController();
      const { signal } = controller;
      const before = nc.stats();
      nc.publish("ask.1");
      const late = failure(nc.request("ask.late", "x", { ...way, timeout: 20 }));
      nc.publish("ask.2");
      const withHeaders = { ...way, timeout: NEVER, signal, headers: headers({ A: "b", C: "d" }) };
      const aborted = failure(nc.request("ask.aborted", "x", withHeaders));
      const large = failure(nc.request("ask.large", new Uint8Array(100 * KIB), { ...way, timeout: 20 }));
      nc.publish("ask.3", new Uint8Array(50 * KIB));
      nc.publish("ask.4");
      controller.abort();
      expect(await late).toMatchObject({ code: "TIMEOUT", sent: false });
      expect(await large).toMatchObject({ code: "TIMEOUT", sent: false });
      expect(await aborted).toMatchObject({ code: "ABORTED", sent: false });
      expect(nc.stats()).toMatchObject({
        outMessages: before.outMessages + 4,
        outBytes: before.outBytes + 50 * KIB,
      });
      await restoreLink(scene);
      expect(await heard(scene)).toEqual(["ask.1", "ask.2", "ask.3", "ask.4"]);
      expect(log.of("reconnected")).toMatchObject([{ replayed: 4 }]);
    });
  });

  test("that timed out behind a peer that does not read is never sent, on the same link", async () => {
    await withScene(async (scene) => {
      const { nc, log, proxy } = scene;
      await block(scene);
      nc.publish("ask.before");
      const late = failure(nc.request("ask.late", "x", { ...way, timeout: 20 }));
      nc.publish("ask.after");
      expect(await late).toMatchObject({ code: "TIMEOUT", sent: false });
      proxy.resume();
      expect(await heard(scene)).toEqual(["ask.before", "ask.after"]);
      expect(log.of("disconnected")).toEqual([]);
    });
  });

  test("that is aborted, or whose connection closes, in the turn that made it is not sent", async () => {
    await withScene(async (scene) => {
      const { nc, asked } = scene;
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = failure(nc.request("ask.aborted", "x", { ...way, timeout: NEVER, signal }));
      controller.abort();
      expect(await aborted).toMatchObject({ code: "ABORTED", sent: false });
      expect(await heard(scene)).toEqual([]);
      const closed = failure(nc.request("ask.closed", "x", { ...way, timeout: NEVER }));
      nc.publish("ask.last");
      await nc.close();
      expect(await closed).toMatchObject({ code: "CONNECTION_CLOSED", sent: false });
      expect((await asked.next({ timeout: 10_000 })).subject).toBe("ask.last");
    });
  });
});

test("of thousands of requests that waited in vain between publishes none is sent, and no publish is missing", async () => {
  await withScene(async (scene) => {
    const { nc } = scene;
    await loseLink(scene);
    const controller = new AbortController();
    const { signal } = controller;
    const failures: Promise<{ readonly code: string }>[] = [];
    const wanted: string[] = [];
    for (let i = 0; i < 6000; i++) {
      failures.push(failure(nc.request("ask.in.vain", `${i}`, { timeout: NEVER, signal })));
      if (i % 3 !== 0) continue;
      wanted.push(`ask.${i}`);
      nc.publish(`ask.${i}`, "x".repeat(i % 100));
    }
    controller.abort();
    expect(new Set((await Promise.all(failures)).map(({ code }) => code))).toEqual(new Set(["ABORTED"]));
    await restoreLink(scene);
    expect(await heard(scene)).toEqual(wanted);
  });
});

test("requests that time out again and again while there is no link do not fill the buffer", async () => {
  await withScene(async (scene) => {
    const { nc } = scene;
    await loseLink(scene);
    nc.publish("ask.kept", "x".repeat(100));
    const { pendingBytes } = nc;
    for (let i = 0; i < 50; i++) {
      const signal = AbortSignal.timeout(1);
      await failure(nc.request("ask.in.vain", new Uint8Array(100 * KIB), { timeout: NEVER, signal }));
    }
    expect(nc.pendingBytes).toBe(pendingBytes);
    await restoreLink(scene);
    expect(await heard(scene)).toEqual(["ask.kept"]);
  });
});

test("requests that were never sent are none of the messages that a drain reports as unconfirmed", async () => {
  await using server = await ScriptedServer.start((peer) => peer.accept().then(() => undefined));
  await using nc = await connect(server.url);
  server.peers[0]!.pause();
  let count = 0;
  while (nc.pendingBytes < 300 * KIB) {
    for (let i = 0; i < 10; i++, count++) nc.publish("out", new Uint8Array(4000));
    await nextTurn();
  }
  const requests = Array.from({ length: 200 }, () => failure(nc.request("ask", "", { timeout: 50 })));
  expect(await Promise.all(requests)).toMatchObject(requests.map(() => ({ code: "TIMEOUT", sent: false })));
  const { lost, unconfirmed } = await nc.drain({ timeout: 50 });
  expect(lost + unconfirmed).toBe(count);
});

describe("requestMany", () => {
  test("whose time is over before its request could be sent throws TIMEOUT with sent: false, and it is never sent", async () => {
    await withScene(async (scene) => {
      const { nc } = scene;
      await loseLink(scene);
      const error = await failure(nc.requestMany("ask.many", "x", { maxWait: 20 }).next());
      expect(error).toMatchObject({ code: "TIMEOUT", sent: false, subject: "ask.many" });
      await restoreLink(scene);
      expect(await heard(scene)).toEqual([]);
    });
  });

  test("that is left before its request could be sent is never sent", async () => {
    await withScene(async (scene) => {
      const { nc } = scene;
      await loseLink(scene);
      const responses = nc.requestMany("ask.many", "x", { maxWait: NEVER });
      const waiting = responses.next();
      await responses.return();
      expect(await waiting).toEqual({ value: undefined, done: true });
      await restoreLink(scene);
      expect(await heard(scene)).toEqual([]);
    });
  });
});
