import { describe, expect, test } from "vitest";
import { startServer } from "../../src/server/index.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { RawClient } from "../support/raw-client.ts";
import { join, rawPeer, since, WAYS } from "./faulty-peers.ts";

describe("disconnect, from a raw socket", () => {
  test("clean: what was sent leaves, then comes the end", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    const text = since(raw);
    await raw.until("MSG a 1 2\r\nhi\r\nPONG\r\n", "SUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n");
    expect(server.faults.disconnect()).toBe(1);
    expect(await raw.closed).toBe("end");
    expect(text()).toBe("MSG a 1 2\r\nhi\r\nPONG\r\n");
    expect(server.connections).toHaveLength(0);
  });

  test("reset: the connection breaks", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    expect(server.faults.disconnect({ how: "reset" })).toBe(1);
    expect(await raw.closed).toBe("ECONNRESET");
  });

  test("mid-frame: half of the next message, of the size that its line says, and nothing after", async () => {
    await using server = await startServer();
    const [raw, other] = [await rawPeer(server), await rawPeer(server, "other")];
    await raw.until(/PONG[^]*PONG/, "SUB a 1\r\nPING\r\n");
    const text = since(raw);
    expect(server.faults.disconnect({ how: "mid-frame", only: "raw" })).toBe(1);
    const payload = "0123456789".repeat(10);
    other.send(`PUB a 100\r\n${payload}\r\nPUB a 100\r\n${payload}\r\n`);
    expect(await raw.closed).toBe("end");
    const frame = `MSG a 1 100\r\n${payload}\r\n`;
    expect(text()).toBe(frame.slice(0, Math.floor(frame.length / 2)));
    await eventually(() => expect(server.connections.map(({ name }) => name)).toEqual(["other"]));
    other.destroy();
  });

  test("mid-frame that was cleared cuts nothing", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    server.faults.disconnect({ how: "mid-frame" });
    await server.faults.clear("disconnect");
    await raw.until(/PONG[^]*PONG\r\n/, "PING\r\n");
    expect(server.connections).toHaveLength(1);
    raw.destroy();
  });

  test("only: by name, by id, by a function", async () => {
    await using server = await startServer();
    const raws = [];
    for (const name of ["a", "b", "c", "d"]) raws.push(await rawPeer(server, name));
    expect(server.faults.disconnect({ only: "a" })).toBe(1);
    expect(server.faults.disconnect({ only: 2 })).toBe(1);
    expect(server.faults.disconnect({ only: ({ name }) => name === "c" })).toBe(1);
    await Promise.all(raws.slice(0, 3).map(({ closed }) => closed));
    expect(server.connections.map(({ name }) => name)).toEqual(["d"]);
    raws[3]!.destroy();
  });

  test("expired credentials: the error that tells so, then the end", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    const text = since(raw);
    expect(server.faults.expireCredentials()).toBe(1);
    expect(await raw.closed).toBe("end");
    expect(text()).toBe("-ERR 'User Authentication Expired'\r\n");
  });

  test("refuse: dials are refused, who is in stays; accept: the same port", async () => {
    await using server = await startServer();
    const { url } = server;
    const raw = await rawPeer(server);
    await server.faults.refuse();
    const port = Number(new URL(url).port);
    await expect(RawClient.connect(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(join(server.inMemory, "in")).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    await raw.until(/PONG[^]*PONG\r\n/, "PING\r\n");
    // A restart doesn't end what lasts.
    await server.restart();
    await expect(RawClient.connect(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.faults.accept();
    expect(server.url).toBe(url);
    (await rawPeer(server)).destroy();
    await (await join(server.inMemory, "in")).close();
  });

  test("refuse and accept in one breath end as the last one says", async () => {
    await using server = await startServer();
    const port = Number(new URL(server.url).port);
    await Promise.all([server.faults.refuse(), server.faults.accept(), server.faults.refuse()]);
    await expect(RawClient.connect(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await Promise.all([server.faults.accept(), server.faults.refuse(), server.faults.clear()]);
    (await rawPeer(server)).destroy();
  });
});

describe("disconnect, in memory", () => {
  test("reset: what is published before the client has heard of it waits for the next link", async () => {
    await using server = await startServer({ port: false });
    await using nc = await join(server.inMemory, "app");
    const log = new EventLog(nc);
    const seen: string[] = [];
    nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
    await nc.flush();
    expect(server.faults.disconnect({ how: "reset" })).toBe(1);
    nc.publish("a", "at once");
    await log.wait("reconnected");
    await nc.flush();
    expect(seen).toEqual(["at once"]);
  });
});

describe.each(WAYS)("disconnect, for a client %s", (_, reach) => {
  test.each(["clean", "reset", "mid-frame"] as const)(
    "%s: it comes back, and what is published meanwhile arrives once",
    async (how) => {
      await using server = await startServer();
      await using nc = await join(reach(server), "app");
      await using other = await join(reach(server), "other");
      const log = new EventLog(nc);
      const seen: string[] = [];
      nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
      await nc.flush();
      expect(server.faults.disconnect({ how, only: "app" })).toBe(1);
      if (how === "mid-frame") other.publish("a", "cut");
      await log.wait("disconnected");
      nc.publish("a", "meanwhile");
      await log.wait("reconnected");
      await nc.flush();
      expect(seen).toEqual(["meanwhile"]);
      expect(log.types.filter((type) => type.endsWith("connected"))).toEqual(["disconnected", "reconnected"]);
    },
  );

  test("refuse: it keeps trying until it may come in", async () => {
    await using server = await startServer();
    await using nc = await join(reach(server), "app");
    const log = new EventLog(nc);
    await server.faults.refuse();
    server.faults.disconnect();
    await log.wait("reconnecting", 3);
    expect(log.of("reconnected")).toHaveLength(0);
    await server.faults.clear("refuse");
    await log.wait("reconnected");
  });

  test("expired credentials: it says so and comes back", async () => {
    await using server = await startServer();
    await using nc = await join(reach(server), "app");
    const log = new EventLog(nc);
    expect(server.faults.expireCredentials({ only: "app" })).toBe(1);
    expect((await log.wait("disconnected")).error).toMatchObject({ code: "AUTHENTICATION_EXPIRED" });
    await log.wait("reconnected");
  });

  test("garbage: it notices and comes back", async () => {
    await using server = await startServer({ seed: 3 });
    await using nc = await join(reach(server), "app");
    const log = new EventLog(nc);
    expect(server.faults.garbage(4096)).toBe(1);
    await log.wait("reconnected");
    await nc.flush();
  });
});
