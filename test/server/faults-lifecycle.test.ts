import { describe, expect, test } from "vitest";
import { startServer } from "../../src/server/index.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { NEVER } from "../support/never.ts";
import { RawClient } from "../support/raw-client.ts";
import { join, rawPeer, since, WAYS } from "./faulty-peers.ts";

const LONG = { gracePeriod: NEVER, duration: NEVER };

describe.each(WAYS)("a restart, for a client %s", (_, reach) => {
  test.each([true, false])("on the same port, state kept: %s; nothing is lost", async (keepState) => {
    await using server = await startServer();
    await using nc = await join(reach(server), "app");
    const log = new EventLog(nc);
    const seen: string[] = [];
    nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
    nc.publish("a", "before");
    await nc.flush();
    const { id, url } = server;
    const restarting = server.restart({ keepState, downtime: 20 });
    await log.wait("disconnected");
    nc.publish("a", "meanwhile");
    await restarting;
    await log.wait("reconnected");
    await nc.flush();
    expect(seen).toEqual(["before", "meanwhile"]);
    expect(server.url).toBe(url);
    expect(server.id === id).toBe(keepState);
    expect(server.stats().inMessages).toBe(keepState ? 2 : 1);
  });
});

describe("changes of the state come one at a time", () => {
  test("start twice listens once", async () => {
    await expectNoLeak(async () => {
      const server = await startServer();
      const { url } = server;
      await server.stop();
      await Promise.all([server.start(), server.start()]);
      expect(server.url).toBe(url);
      await server.stop();
      await expect(RawClient.connect(Number(new URL(url).port))).rejects.toThrow("ECONNREFUSED");
    });
  });

  test("restart while restarting ends with one that runs", async () => {
    await expectNoLeak(async () => {
      const server = await startServer();
      const { url } = server;
      await Promise.all([
        server.restart({ downtime: 10 }),
        server.restart(),
        server.restart({ keepState: false }),
      ]);
      expect(server.isRunning).toBe(true);
      (await rawPeer(server)).destroy();
      await server.stop();
      await expect(RawClient.connect(Number(new URL(url).port))).rejects.toThrow("ECONNREFUSED");
    });
  });

  test("stop cuts a downtime short, and the server stays away", async () => {
    const server = await startServer();
    const restarting = server.restart({ downtime: NEVER });
    await eventually(() => expect(server.isRunning).toBe(false));
    await Promise.all([server.stop(), restarting]);
    expect(server.isRunning).toBe(false);
    expect(() => server.url).toThrow("the server is stopped");
  });

  test("stop and start in one breath: those of before are gone, those after stay", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    await Promise.all([server.stop(), server.start()]);
    await raw.closed;
    const after = await rawPeer(server, "after");
    expect(server.connections.map(({ name }) => name)).toEqual(["after"]);
    after.destroy();
  });

  test("stop behind a start that is under way leaves nothing open", async () => {
    const server = await startServer();
    const port = Number(new URL(server.url).port);
    await server.stop();
    await Promise.all([server.start(), server.stop()]);
    expect(server.isRunning).toBe(false);
    await expect(RawClient.connect(port)).rejects.toThrow("ECONNREFUSED");
  });

  test("a start that fails leaves it stopped, and it can be tried again", async () => {
    const server = await startServer();
    const port = Number(new URL(server.url).port);
    await server.stop();
    const other = await startServer({ port });
    await expect(server.start()).rejects.toThrow("EADDRINUSE");
    expect(server.isRunning).toBe(false);
    await other.stop();
    await server.start();
    (await rawPeer(server)).destroy();
    await server.stop();
  });
});

describe("lame duck mode", () => {
  test("announces, lets nobody in, ends those who are in, and stops", async () => {
    const server = await startServer({ lameDuck: { gracePeriod: 50, duration: 60 } });
    const port = Number(new URL(server.url).port);
    const raw = await rawPeer(server);
    const text = since(raw);
    const leaving = server.lameDuck();
    await raw.until(/"ldm":true/);
    expect(text()).toMatch(/^INFO .*\r\n$/);
    await expect(RawClient.connect(port)).rejects.toThrow("ECONNREFUSED");
    await expect(join(server.inMemory, "late")).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    await Promise.all([leaving, server.lameDuck(), raw.closed]);
    expect(server.isRunning).toBe(false);
  });

  test("with nobody there it ends at once", async () => {
    const server = await startServer({ lameDuck: { gracePeriod: NEVER, duration: 2 * NEVER } });
    await server.lameDuck();
    expect(server.isRunning).toBe(false);
  });

  test("stop cuts it short; the same server is no lame duck when it is back", async () => {
    await using server = await startServer({ lameDuck: LONG });
    const raw = await rawPeer(server);
    const leaving = server.lameDuck();
    await raw.until(/"ldm":true/);
    await Promise.all([server.stop(), leaving, raw.closed]);
    await server.start();
    const after = await rawPeer(server);
    expect(after.received).not.toContain("ldm");
    after.destroy();
  });

  test("restart cuts it short, and nobody is ended after that", async () => {
    await using server = await startServer({ lameDuck: LONG });
    const raw = await rawPeer(server);
    const leaving = server.lameDuck();
    await raw.until(/"ldm":true/);
    await Promise.all([server.restart(), leaving]);
    const after = await rawPeer(server);
    await after.until(/PONG[^]*PONG/, "PING\r\n");
    after.destroy();
  });
});
