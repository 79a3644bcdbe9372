import { describe, expect, test } from "vitest";
import { type NatsServer, startServer } from "../../src/server/index.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import type { RawClient } from "../support/raw-client.ts";
import { join, rawPeer, since, WAYS } from "./faulty-peers.ts";

/** Sizes of the chunks that a raw client gets from now on. */
function chunkSizes(raw: RawClient): number[] {
  const sizes: number[] = [];
  raw.socket.on("data", (chunk: Buffer) => void sizes.push(chunk.length));
  return sizes;
}

/** Waits for a round trip of another connection: what was sent before has been read, if it is read at all. */
async function settle(server: NatsServer): Promise<void> {
  (await rawPeer(server, "settle")).destroy();
}

describe("bytes, from a raw socket", () => {
  test("split: as many at a time, in order", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    const [text, sizes] = [since(raw), chunkSizes(raw)];
    expect(server.faults.split(3)).toBe(1);
    await raw.until("MSG a 1 10\r\n0123456789\r\nPONG\r\n", "SUB a 1\r\nPUB a 10\r\n0123456789\r\nPING\r\n");
    expect(text()).toBe("MSG a 1 10\r\n0123456789\r\nPONG\r\n");
    // The system may put pieces together again.
    expect(sizes.length).toBeGreaterThan(5);
    await server.faults.clear();
    sizes.length = 0;
    await raw.until(/PONG[^]*PONG[^]*PONG\r\n/, "PING\r\n");
    expect(sizes).toEqual([6]);
    raw.destroy();
  });

  test("split, in memory: exactly as many at a time", async () => {
    await using server = await startServer();
    const transport = await server.inMemory.dial({ host: "memory", port: 0 } as never, {} as never);
    const chunks: string[] = [];
    transport.listen({
      onData: (chunk) => void chunks.push(Buffer.from(chunk).toString("latin1")),
      onDrain: () => undefined,
      onClose: () => undefined,
    });
    await eventually(() => expect(chunks.join("")).toMatch(/^INFO .*\r\n$/));
    chunks.length = 0;
    expect(server.faults.split(4)).toBe(1);
    transport.write(Buffer.from('CONNECT {"verbose":false}\r\nSUB a 1\r\nPUB a 9\r\n012345678\r\nPING\r\n'));
    await eventually(() => expect(chunks.join("")).toMatch(/PONG\r\n$/));
    expect(chunks).toEqual(["MSG ", "a 1 ", "9\r\n0", "1234", "5678", "\r\nPO", "NG\r\n"]);
    transport.destroy();
  });

  test("merge: what came apart goes out in one piece", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    const [text, sizes] = [since(raw), chunkSizes(raw)];
    server.faults.merge(400, { only: "raw" });
    for (let i = 0; i < 3; i++) {
      raw.send("PING\r\n");
      await settle(server);
    }
    await raw.until(/(?:PONG\r\n){3}$/);
    expect(text()).toBe("PONG\r\nPONG\r\nPONG\r\n");
    expect(sizes).toEqual([18]);
    raw.destroy();
  });

  test("garbage: between two frames, the same with the same seed", async () => {
    const garbage = async (seed: number): Promise<string> => {
      await using server = await startServer({ seed });
      const raw = await rawPeer(server);
      const text = since(raw);
      await raw.until(/PONG[^]*PONG\r\n/, "PING\r\n");
      expect(server.faults.garbage(32)).toBe(1);
      await eventually(() => expect(text().length).toBe(6 + 32));
      await raw.until(/PONG\r\n$/, "PING\r\n");
      raw.destroy();
      return text();
    };
    const [one, same, other] = [await garbage(7), await garbage(7), await garbage(8)];
    expect(one).toMatch(/^PONG\r\n[^]{32}PONG\r\n$/);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  test("stall writing: bytes wait in order, and go when it is over", async () => {
    await using server = await startServer();
    const [raw, other] = [await rawPeer(server), await rawPeer(server, "other")];
    await raw.until(/PONG[^]*PONG/, "SUB a 1\r\nPING\r\n");
    const text = since(raw);
    expect(server.faults.stall({ direction: "writing", only: "raw" })).toBe(1);
    const sent = Array.from({ length: 300 }, (_, i) => `${i}`.padStart(1000, "."));
    for (const one of sent) other.send(`PUB a 1000\r\n${one}\r\n`);
    await other.until(/PONG[^]*PONG/, "PING\r\n");
    const all = sent.map((one) => `MSG a 1 1000\r\n${one}\r\n`).join("");
    expect(text()).toBe("");
    expect(server.connections.find(({ name }) => name === "raw")?.pendingBytes).toBe(all.length);
    await server.faults.clear();
    await eventually(() => expect(text().length).toBe(all.length));
    expect(text()).toBe(all);
    raw.destroy();
    other.destroy();
  });

  test("stall writing: who is too far behind is cut off", async () => {
    await using server = await startServer({ maxPending: 10_000 });
    const [raw, other] = [await rawPeer(server), await rawPeer(server, "other")];
    await raw.until(/PONG[^]*PONG/, "SUB a 1\r\nPING\r\n");
    const text = since(raw);
    server.faults.stall({ direction: "writing", only: "raw" });
    for (let i = 0; i < 20; i++) other.send(`PUB a 1000\r\n${".".repeat(1000)}\r\n`);
    await raw.closed;
    expect(text()).toBe("");
    expect(server.stats().slowConsumers).toBe(1);
    other.destroy();
  });

  test("stall writing: the write deadline holds too", async () => {
    await using server = await startServer({ writeDeadline: 50 });
    const raw = await rawPeer(server);
    server.faults.stall({ direction: "writing" });
    raw.send("PING\r\n");
    await raw.closed;
    expect(server.stats().slowConsumers).toBe(1);
  });

  test("stall reading: nothing is read until it is over", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    const text = since(raw);
    server.faults.stall({ direction: "reading", only: "raw" });
    raw.send("SUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n");
    await settle(server);
    expect(server.subscriptionCount).toBe(0);
    expect(text()).toBe("");
    await server.faults.clear("stall");
    await raw.until("MSG a 1 2\r\nhi\r\nPONG\r\n");
    raw.destroy();
  });

  test("a lasting fault is for a client that says its name later", async () => {
    await using server = await startServer();
    expect(server.faults.stall({ direction: "reading", only: "late" })).toBe(0);
    const raw = await rawPeer(server, "early");
    // The PING is in the same chunk as the name, so that is still answered.
    const late = await rawPeer(server, "late");
    late.send("SUB a 1\r\n");
    await settle(server);
    await raw.until(/PONG[^]*PONG/, "SUB b 1\r\nPING\r\n");
    expect(server.subscriptionCount).toBe(1);
    await server.faults.clear();
    await eventually(() => expect(server.subscriptionCount).toBe(2));
    raw.destroy();
    late.destroy();
  });

  test("delay: both ways, in order, for those who come later; the end of a client comes behind its bytes", async () => {
    await using server = await startServer();
    expect(server.faults.delay(20)).toBe(0);
    const raw = await rawPeer(server);
    const text = since(raw);
    for (let i = 0; i < 50; i++) raw.send(i === 0 ? "SUB a 1\r\n" : `PUB a 2\r\n${10 + i}\r\n`);
    await raw.until(/MSG a 1 2\r\n59\r\n$/);
    expect(text()).toBe(Array.from({ length: 49 }, (_, i) => `MSG a 1 2\r\n${11 + i}\r\n`).join(""));
    const { inMessages } = server.stats();
    raw.send("PUB a 2\r\nby\r\n");
    raw.socket.end();
    await eventually(() => expect(server.connections).toHaveLength(0));
    expect(server.stats().inMessages).toBe(inMessages + 1);
  });

  test("delay: what is under way goes at once when it is cleared", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    const text = since(raw);
    server.faults.delay(600_000, { only: "raw" });
    raw.send("PING\r\n");
    await settle(server);
    expect(text()).toBe("");
    await server.faults.clear("delay");
    await raw.until(/PONG[^]*PONG\r\n/);
    raw.destroy();
  });

  test("a client whose bytes are held is ended all the same", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    server.faults.stall();
    server.faults.disconnect();
    expect(await raw.closed).toBe("end");
  });
});

describe.each(WAYS)("bytes, for a client %s", (_, reach) => {
  test.each([
    ["split", (server: NatsServer) => server.faults.split(7)],
    ["merge", (server: NatsServer) => server.faults.merge(5)],
    ["delay", (server: NatsServer) => server.faults.delay(3)],
    [
      "all of them",
      (server: NatsServer) => server.faults.split(64) + server.faults.merge(2) + server.faults.delay(1),
    ],
  ])("%s: every message comes, in order, and once", async (_name, begin) => {
    await using server = await startServer();
    await using nc = await join(reach(server), "app");
    const seen: string[] = [];
    nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
    await nc.flush();
    expect(begin(server)).toBeGreaterThan(0);
    const sent = Array.from({ length: 200 }, (_one, i) => `${i} `.repeat(i));
    for (const text of sent.slice(0, 100)) nc.publish("a", text);
    await nc.flush();
    await server.faults.clear();
    for (const text of sent.slice(100)) nc.publish("a", text);
    await nc.flush();
    expect(seen).toEqual(sent);
  });

  test("payloads larger than what may be under way pass a delay", async () => {
    await using server = await startServer({ maxPayload: 4_000_000 });
    await using nc = await join(reach(server), "app");
    const sizes: number[] = [];
    nc.subscribe("a", { callback: (m) => void sizes.push(m.data.length) });
    await nc.flush();
    server.faults.delay(2);
    const sent = [3_000_000, 700_000, 700_001, 3_000_001, 5];
    for (const size of sent) nc.publish("a", new Uint8Array(size));
    await nc.flush();
    expect(sizes).toEqual(sent);
  });

  test("stall: a client that asks for signs of life finds out, and comes back when it is over", async () => {
    await using server = await startServer();
    await using nc = await join(reach(server), "app", { pingInterval: 50, maxPingsOut: 1 });
    const log = new EventLog(nc);
    server.faults.stall();
    expect((await log.wait("disconnected")).error).toMatchObject({ code: "STALE_CONNECTION" });
    await server.faults.clear();
    await log.wait("reconnected");
    await nc.flush();
  });
});

describe.each(WAYS)("dropped replies, for a client %s", (_, reach) => {
  test("count: as many requests of those picked go unanswered", async () => {
    await using server = await startServer();
    await using responder = await join(reach(server), "responder");
    responder.subscribe("time", { callback: (m) => m.respond("now") });
    await responder.flush();
    await using nc = await join(reach(server), "app");
    await using other = await join(reach(server), "other");
    const ask = async (who: typeof nc): Promise<string> =>
      await who.request("time", undefined, { timeout: 300 }).then(
        (m) => m.string(),
        (error: { code: string }) => error.code,
      );
    expect(server.faults.dropReplies({ count: 2, only: "app" })).toBe(1);
    expect(await ask(other)).toBe("now");
    expect([await ask(nc), await ask(nc), await ask(nc)]).toEqual(["TIMEOUT", "TIMEOUT", "now"]);
  });

  test("fraction: the same ones with the same seed; other messages pass", async () => {
    const run = async (seed: number): Promise<string[]> => {
      await using server = await startServer({ seed });
      await using nc = await join(reach(server), "app");
      const seen: string[] = [];
      nc.subscribe("time", { callback: (m) => m.respond(m.data) });
      for (const subject of ["plain", "answers"]) {
        nc.subscribe(subject, { callback: (m) => void seen.push(m.string()) });
      }
      server.faults.dropReplies({ fraction: 0.5 });
      for (let i = 0; i < 40; i++) nc.publish("time", `${i}`, { reply: "answers" });
      await nc.flush();
      nc.publish("plain", "passes");
      await nc.flush();
      await server.faults.clear("dropReplies");
      nc.publish("time", "after", { reply: "answers" });
      await eventually(() => expect(seen.at(-1)).toBe("after"));
      return seen;
    };
    const [one, same, other] = [await run(5), await run(5), await run(6)];
    expect(one.length).toBeGreaterThan(5);
    expect(one.length).toBeLessThan(40);
    expect(one.slice(-2)).toEqual(["passes", "after"]);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });
});
