import { describe, expect, test } from "vitest";
import { type FaultStep, startServer } from "../../src/server/index.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { NEVER } from "../support/never.ts";
import { join, rawPeer, WAYS } from "./faulty-peers.ts";

describe.each(WAYS)("a plan, for a client %s", (_, reach) => {
  test("is played step by step, and tells what it did to whom", async () => {
    await using server = await startServer({ lameDuck: { gracePeriod: 10, duration: 20 } });
    await using nc = await join(reach(server), "app");
    const log = new EventLog(nc);
    const { id } = server;
    const done = await server.faults.play([
      { fault: "split", size: 5, for: 60 },
      { fault: "stall", direction: "writing", for: 20 },
      { after: 5, fault: "disconnect", how: "reset", only: "nobody" },
      { fault: "restart", downtime: 10, keepState: false },
      { fault: "lameDuck" },
      { fault: "restart" },
    ]);
    expect(done.map(({ step, fault }) => [step, fault])).toEqual([
      [0, "split"],
      [1, "stall"],
      [2, "disconnect"],
      [3, "restart"],
      [4, "lameDuck"],
      [5, "restart"],
    ]);
    const app = [{ id: 1, name: "app" }];
    expect(done.slice(0, 4).map(({ connections }) => connections)).toEqual([app, app, [], app]);
    expect(done.map(({ at }) => at)).toEqual(done.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(server.id).not.toBe(id);
    await nc.flush();
    expect(log.of("reconnected").length).toBeGreaterThan(0);
  });

  test("loses nothing in silence: all that was published arrives, or is told of", async () => {
    await using server = await startServer({ seed: 11 });
    await using nc = await join(reach(server), "app");
    const seen: number[] = [];
    nc.subscribe("n", { callback: (m) => void seen.push(Number(m.string())) });
    await nc.flush();
    let count = 0;
    const publishing = setInterval(() => nc.publish("n", `${count++}`), 1);
    try {
      await server.faults.play([
        { fault: "split", size: 3, for: 40 },
        { after: 20, fault: "delay", milliseconds: 3, for: 30 },
        { after: 20, fault: "merge", milliseconds: 4, for: 30 },
        { after: 20, fault: "stall", direction: "writing", for: 20 },
        { after: 40, fault: "stall", direction: "reading", for: 20 },
      ]);
    } finally {
      clearInterval(publishing);
    }
    await nc.flush();
    expect(seen).toEqual(Array.from({ length: count }, (_one, i) => i));
  });
});

describe("chance", () => {
  const PLAN: FaultStep[] = Array.from({ length: 20 }, () => ({
    fault: "stall",
    direction: "writing",
    pick: "one",
    chance: 0.5,
    for: 1,
  }));

  async function play(seed: number): Promise<unknown> {
    await using server = await startServer({ seed });
    const raws = [];
    // Not in the order of their names.
    for (const name of ["c", "a", "d", "b"]) raws.push(await rawPeer(server, name));
    // Traffic draws from the seed too, as here for a queue group, and changes nothing.
    for (const raw of raws) raw.send(`SUB q group 1\r\n${"PUB q 0\r\n\r\n".repeat(seed % 2 === 0 ? 0 : 1)}`);
    await Promise.all(raws.map((raw) => raw.until(/PONG[^]*PONG/, "PING\r\n")));
    raws[0]!.send("PUB q 0\r\n\r\n".repeat(Math.floor(Math.random() * 10)));
    await raws[0]!.until(/PONG[^]*PONG[^]*PONG/, "PING\r\n");
    const done = await server.faults.play(PLAN);
    for (const raw of raws) raw.destroy();
    return done.map(({ step, connections }) => ({ step, names: connections.map(({ name }) => name) }));
  }

  test("the same seed gives the same steps and the same victims", async () => {
    const [one, same, other] = [await play(1), await play(1), await play(2)];
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
    expect((one as unknown[]).length).toBeGreaterThan(3);
    expect((one as unknown[]).length).toBeLessThan(20);
  });

  test("0 is never, and without it always", async () => {
    await using server = await startServer();
    const done = await server.faults.play([{ fault: "clear", chance: 0 }, { fault: "clear" }]);
    expect(done.map(({ step }) => step)).toEqual([1]);
  });
});

describe("the end of a plan", () => {
  test("on the signal: ABORTED, and no lasting fault is left", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    const abort = new AbortController();
    server.faults.stall();
    const playing = server.faults.play(
      [
        { fault: "refuse", for: NEVER },
        { fault: "split", size: 1, for: NEVER },
        { after: NEVER, fault: "lameDuck" },
      ],
      { signal: abort.signal },
    );
    await server.restart();
    raw.destroy();
    abort.abort("enough");
    await expect(playing).rejects.toMatchObject({ code: "ABORTED", cause: "enough" });
    (await rawPeer(server)).destroy();
  });

  test("a signal that was aborted before: nothing is done", async () => {
    await using server = await startServer();
    const { id } = server;
    const playing = server.faults.play([{ fault: "restart", keepState: false }], {
      signal: AbortSignal.abort(),
    });
    await expect(playing).rejects.toMatchObject({ code: "ABORTED" });
    expect(server.id).toBe(id);
  });

  test("with the server: it is not brought back, and what was done is told", async () => {
    const server = await startServer();
    const playing = server.faults.play([
      { fault: "garbage", size: 1 },
      { fault: "restart", downtime: NEVER },
      { fault: "restart" },
    ]);
    await eventually(() => expect(server.isRunning).toBe(false));
    await server.stop();
    expect((await playing).map(({ fault }) => fault)).toEqual(["garbage", "restart"]);
    expect(server.isRunning).toBe(false);
  });
});

describe("wrong arguments", () => {
  const refused = (argument: string): object => ({
    code: "INVALID_OPTION",
    argument,
  });

  test("of methods, before anything happens", async () => {
    await using server = await startServer();
    const { faults } = server;
    const raw = await rawPeer(server);
    const calls: [argument: string, call: () => unknown][] = [
      ["how", () => faults.disconnect({ how: "rudely" as "clean" })],
      ["hw", () => faults.disconnect({ hw: "clean" } as object)],
      ["only", () => faults.disconnect({ only: true as unknown as string })],
      ["direction", () => faults.stall({ direction: "up" as "both" })],
      ["milliseconds", () => faults.delay(-1)],
      ["size", () => faults.split(0)],
      ["milliseconds", () => faults.merge(Number.NaN)],
      ["size", () => faults.garbage(2 ** 40)],
      ["count", () => faults.dropReplies({ count: 0.5 })],
      ["fraction", () => faults.dropReplies({ fraction: 2 })],
    ];
    for (const [argument, call] of calls) {
      expect(call, argument).toThrow(expect.objectContaining(refused(argument)));
    }
    await expect(faults.clear("everything" as "stall")).rejects.toMatchObject(refused("fault"));
    await expect(server.restart({ downtime: -1 })).rejects.toMatchObject(refused("downtime"));
    const failure = new Error("of the test");
    const fails = (): never => {
      throw failure;
    };
    expect(() => faults.stall({ only: fails })).toThrow(failure);
    await raw.until(/PONG[^]*PONG\r\n/, "PING\r\n");
    raw.destroy();
  });

  test("of plans, before the first step", async () => {
    await using server = await startServer();
    const raw = await rawPeer(server);
    const plans: [argument: string, text: RegExp, step: object][] = [
      ["steps[1].fault", /did you mean "disconnect"/, { fault: "disconect" }],
      ["steps[1].fault", /the faults are refuse, accept/, {}],
      ["steps[1].fault", /the faults are/, { fault: "toString" }],
      ["steps[1].how", /"clean" or "reset"/, { fault: "disconnect", how: "rudely" }],
      ["steps[1].pik", /did you mean "steps\[1\].pick"/, { fault: "stall", pik: "one" }],
      ["steps[1].pick", /unknown option/, { fault: "restart", pick: "one" }],
      ["steps[1].for", /unknown option/, { fault: "garbage", size: 1, for: 1 }],
      ["steps[1].milliseconds", /needs it/, { fault: "delay" }],
      ["steps[1].chance", /from 0 to 1/, { fault: "accept", chance: 7 }],
    ];
    for (const [argument, text, step] of plans) {
      const playing = server.faults.play([{ fault: "disconnect" }, step as FaultStep]);
      await expect(playing).rejects.toMatchObject({
        ...refused(argument),
        message: expect.stringMatching(text) as string,
      });
    }
    await expect(server.faults.play(null as unknown as [])).rejects.toMatchObject(refused("steps"));
    await expect(server.faults.play([null as unknown as FaultStep])).rejects.toMatchObject(
      refused("steps[0].fault"),
    );
    expect(server.connections).toHaveLength(1);
    raw.destroy();
  });
});
