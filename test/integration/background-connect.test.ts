import { describe, expect, test } from "vitest";
import { connect, type ConnectOptions, headers } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure, thrown } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { refusedUrl, urlOf, withServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { refusedPort } from "../support/refused-port.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const reconnect = { ...QUICK_RECONNECT, firstConnect: "background" } as const;
const patient = { firstConnect: "background", delay: NEVER, maxDelay: NEVER } as const;

describe("a connection in the background that has never been connected", () => {
  test("keeps requests and flushes too, which are answered when the server is there [CONN-14] [CONN-16]", async () => {
    const port = await refusedPort();
    await using nc = await connect({ servers: urlOf(port), reconnect });
    expect(nc.state).toBe("reconnecting");
    nc.subscribe("echo", { queue: "q", callback: (m) => m.respond(m.data, { headers: m.headers! }) });
    const sub = nc.subscribe("greet", { max: 2 });
    nc.publish("greet", "1");
    const flushed = nc.flush({ timeout: NEVER });
    const request = nc.request("echo", "2", { timeout: NEVER, headers: headers({ "X-Trace": "3" }) });
    const own = nc.request("echo", "4", { timeout: NEVER, ownInbox: true, headers: headers({ A: "b" }) });
    nc.publish("greet", "5", { reply: "somewhere" });
    await withServer({ port }, async () => {
      await flushed;
      expect((await request).headers?.get("X-Trace")).toBe("3");
      expect((await own).string()).toBe("4");
      const texts: string[] = [];
      for await (const m of sub) texts.push(m.string());
      expect(texts).toEqual(["1", "5"]);
      expect(nc.stats()).toMatchObject({ reconnects: 1, outDropped: 0 });
    });
  });

  test("checks what is published as ever [CONN-15]", async () => {
    await using nc = await connect({ servers: await refusedUrl(), reconnect });
    expect(thrown(() => nc.publish("a b")).code).toBe("INVALID_SUBJECT");
    expect(thrown(() => nc.subscribe("")).code).toBe("INVALID_SUBJECT");
    // A server that takes more would say so; until then a message that may be lost in silence is not taken.
    expect(thrown(() => nc.publish("a", "x".repeat(1_048_577))).code).toBe("MAX_PAYLOAD_EXCEEDED");
  });

  test("fails at once for what can't wait: wrong options are told before anything is dialled [CONN-08]", async () => {
    const wrong: ConnectOptions = { servers: "http://127.0.0.1", reconnect };
    expect(await failure(connect(wrong))).toMatchObject({ code: "INVALID_SERVER_URL" });
  });

  test("is ended by close(), in a pause, with what was published counted as lost [CLOSE-09] [R26]", async () => {
    const servers = await refusedUrl();
    await expectNoLeak(async () => {
      const nc = await connect({ servers, reconnect: patient });
      const log = new EventLog(nc);
      const waiting = [nc.flush({ timeout: NEVER }), nc.request("a", "", { timeout: NEVER })].map(failure);
      const next = failure(nc.subscribe("a").next());
      nc.publish("a", "early");
      await nc.close();
      for (const error of [...(await Promise.all(waiting)), await next])
        expect(error.code).toBe("CONNECTION_CLOSED");
      // The request's own rejection has told of it: it is no part of what is lost.
      expect(await log.wait("closed")).toMatchObject({ error: undefined, lost: { messages: 1 } });
      expect(await nc.closed()).toBeUndefined();
    });
  });

  test("is ended by close() in a handshake [CONC-03] [R26]", async () => {
    await using server = await ScriptedServer.start((peer) => {
      if (peer.number === 1) peer.destroy();
      else peer.sendInfo();
    });
    await expectNoLeak(async () => {
      const nc = await connect({ servers: server.url, reconnect, timeout: NEVER });
      const log = new EventLog(nc);
      const stalled = await server.peer(2);
      await expect.poll(() => stalled.received).toContain("PING");
      await nc.close();
      await stalled.closed;
      expect(log.types.filter((type) => type !== "reconnecting")).toEqual(["closed"]);
    });
  });

  test("is ended by drain(), which dials no more [R72]", async () => {
    const servers = await refusedUrl();
    await expectNoLeak(async () => {
      const nc = await connect({ servers, reconnect: patient });
      const sub = nc.subscribe("a");
      nc.publish("a", "early");
      const log = new EventLog(nc);
      expect(await nc.drain()).toMatchObject({ handled: 0, abandoned: 0, timedOut: false });
      expect(nc.state).toBe("closed");
      expect((await log.wait("closed")).lost.messages).toBe(1);
      expect(await sub.closed).toMatchObject({ abandoned: 0 });
    });
  });

  test.each(["in a pause", "in a handshake"])("is ended by its signal, %s [R9]", async (when) => {
    await using server = await ScriptedServer.start((peer) => {
      if (peer.number === 1 || when === "in a pause") peer.destroy();
    });
    await expectNoLeak(async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const options = when === "in a pause" ? patient : reconnect;
      const nc = await connect({ servers: server.url, reconnect: options, signal, timeout: NEVER });
      const log = new EventLog(nc);
      const waiting = failure(nc.subscribe("a").next());
      if (when === "in a pause") await log.wait("reconnecting", 2);
      else await server.peer(2);
      controller.abort(new Error("enough"));
      const { error } = await log.wait("closed");
      expect(error).toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
      expect(await nc.closed()).toBe(error);
      expect(await waiting).toMatchObject({ code: "CONNECTION_CLOSED" });
    });
    expect(server.connections).toBe(2);
  });

  test("has a signal without effect once it has been connected", async () => {
    const port = await refusedPort();
    const controller = new AbortController();
    const { signal } = controller;
    await using nc = await connect({ servers: urlOf(port), reconnect, signal });
    const log = new EventLog(nc);
    await withServer({ port }, async (server) => {
      await log.wait("reconnected");
      // The listener goes in a later turn of the promise queue.
      await nc.flush();
      controller.abort();
      await nc.flush();
      await server.restart();
      await log.wait("reconnected", 2);
      expect(log.of("closed")).toEqual([]);
    });
  });
});
