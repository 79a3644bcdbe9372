import { describe, expect, test } from "vitest";
import { type FaultStep, type NatsServer, startServer } from "../../src/server/index.ts";
import { NEVER } from "../support/never.ts";
import { RawClient } from "../support/raw-client.ts";
import { rawPeer, since } from "./faulty-peers.ts";

/** A server, and a client of it that came before the fault. */
interface Place {
  readonly server: NatsServer;
  readonly raw: RawClient;
  readonly port: number;
  readonly id: string;
}

/** A fault, as a method and as a step of a plan, and what must be seen of it: neither may do nothing. */
interface Case {
  readonly name: string;
  readonly before?: (place: Place) => unknown;
  readonly method: (server: NatsServer) => unknown;
  readonly step: FaultStep;
  readonly see: (place: Place) => Promise<void>;
}

const LINE = /PONG[^]*PONG\r\n/;

/** Another client gets an answer, so the first would have its own. */
async function settle(server: NatsServer): Promise<void> {
  const other = await rawPeer(server, "other");
  await other.until(LINE, "PING\r\n");
  other.destroy();
}

/** What the client asks is not answered until the fault is over. */
async function isHeld({ server, raw }: Place): Promise<void> {
  const news = since(raw);
  raw.send("PING\r\n");
  await settle(server);
  expect(news()).toBe("");
  await server.faults.clear();
  await raw.until(LINE);
  expect(news()).toBe("PONG\r\n");
}

async function isRefused({ port }: Place): Promise<void> {
  await expect(RawClient.connect(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
}

async function isWelcome({ server }: Place): Promise<void> {
  (await rawPeer(server, "newcomer")).destroy();
}

async function isAnswered({ raw }: Place): Promise<void> {
  await raw.until(LINE, "PING\r\n");
}

/** How many replies out of one come. */
async function repliesTo(raw: RawClient): Promise<number> {
  const news = since(raw);
  await raw.until(LINE, "SUB r 1\r\nSUB q 2\r\nPUB q r 0\r\n\r\nPUB r 0\r\n\r\nPING\r\n");
  expect(news()).toContain("MSG q 2 r 0\r\n");
  return news().match(/MSG r 1 0\r\n/g)?.length ?? 0;
}

/** In how many pieces twenty bytes come. */
async function piecesTo(raw: RawClient): Promise<number> {
  let pieces = 0;
  raw.socket.on("data", () => void pieces++);
  await raw.until("MSG p 9 3\r\nxyz\r\n", "SUB p 9\r\nPUB p 3\r\nxyz\r\n");
  return pieces;
}

const CASES: readonly Case[] = [
  { name: "refuse", method: ({ faults }) => faults.refuse(), step: { fault: "refuse" }, see: isRefused },
  {
    name: "accept",
    before: ({ server }) => server.faults.refuse(),
    method: ({ faults }) => faults.accept(),
    step: { fault: "accept" },
    see: isWelcome,
  },
  {
    name: "disconnect, clean",
    method: ({ faults }) => faults.disconnect(),
    step: { fault: "disconnect" },
    see: async ({ raw }) => expect(await raw.closed).toBe("end"),
  },
  {
    name: "disconnect, reset",
    method: ({ faults }) => faults.disconnect({ how: "reset" }),
    step: { fault: "disconnect", how: "reset" },
    see: async ({ raw }) => expect(await raw.closed).toBe("ECONNRESET"),
  },
  {
    name: "disconnect, mid-frame",
    method: ({ faults }) => faults.disconnect({ how: "mid-frame" }),
    step: { fault: "disconnect", how: "mid-frame" },
    see: async ({ raw }) => {
      const news = since(raw);
      raw.send("PING\r\n");
      await raw.closed;
      expect(news()).toBe("PON");
    },
  },
  {
    name: "stall",
    method: ({ faults }) => faults.stall({ only: "raw" }),
    step: { fault: "stall", only: "raw" },
    see: isHeld,
  },
  {
    name: "stall, reading",
    method: ({ faults }) => faults.stall({ direction: "reading", only: "raw" }),
    step: { fault: "stall", direction: "reading", only: "raw" },
    see: isHeld,
  },
  {
    name: "stall, writing",
    method: ({ faults }) => faults.stall({ direction: "writing", only: "raw" }),
    step: { fault: "stall", direction: "writing", only: "raw" },
    see: isHeld,
  },
  {
    name: "delay",
    method: ({ faults }) => faults.delay(NEVER, { only: "raw" }),
    step: { fault: "delay", milliseconds: NEVER, only: "raw" },
    see: isHeld,
  },
  {
    name: "merge",
    method: ({ faults }) => faults.merge(NEVER, { only: "raw" }),
    step: { fault: "merge", milliseconds: NEVER, only: "raw" },
    see: isHeld,
  },
  {
    name: "split",
    method: ({ faults }) => faults.split(1),
    step: { fault: "split", size: 1 },
    // The system may put some together again.
    see: async ({ raw }) => expect(await piecesTo(raw)).toBeGreaterThan(3),
  },
  {
    name: "garbage",
    method: ({ faults }) => faults.garbage(32),
    step: { fault: "garbage", size: 32 },
    see: async ({ raw }) => {
      await raw.until(/PONG[^]*PONG\r\n$/, "PING\r\n");
      expect(raw.received).toMatch(/PONG\r\nINFO .*\r\n[^]{32}PONG\r\n$/);
    },
  },
  {
    name: "dropReplies",
    method: ({ faults }) => faults.dropReplies(),
    step: { fault: "dropReplies" },
    see: async ({ raw }) => expect(await repliesTo(raw)).toBe(0),
  },
  {
    name: "expireCredentials",
    method: ({ faults }) => faults.expireCredentials(),
    step: { fault: "expireCredentials" },
    see: async ({ raw }) => {
      await raw.closed;
      expect(raw.received).toMatch(/-ERR 'User Authentication Expired'\r\n$/);
    },
  },
  {
    name: "lameDuck",
    method: (server) => server.lameDuck(),
    step: { fault: "lameDuck" },
    see: async ({ server, raw }) => {
      await raw.closed;
      expect(raw.received).toMatch(/INFO .*"ldm":true.*\r\n$/);
      expect(server.isRunning).toBe(false);
    },
  },
  {
    name: "restart",
    method: (server) => server.restart({ keepState: false }),
    step: { fault: "restart", keepState: false },
    see: async (place) => {
      await place.raw.closed;
      expect(place.server.id).not.toBe(place.id);
      await isWelcome(place);
    },
  },
  {
    name: "clear",
    before: ({ server }) => server.faults.stall(),
    method: ({ faults }) => faults.clear(),
    step: { fault: "clear" },
    see: isAnswered,
  },
  {
    name: "clear, of refused dials",
    before: ({ server }) => server.faults.refuse(),
    method: ({ faults }) => faults.clear(),
    step: { fault: "clear" },
    see: isWelcome,
  },
];

async function inPlace(body: (place: Place) => Promise<void>): Promise<void> {
  await using server = await startServer({ lameDuck: { gracePeriod: 10, duration: 20 } });
  const raw = await rawPeer(server);
  try {
    await body({ server, raw, port: Number(new URL(server.url).port), id: server.id });
  } finally {
    raw.destroy();
  }
}

describe.each(CASES)("$name", ({ before, method, step, see }) => {
  test.each([
    ["as a method", ({ server }: Place): unknown => method(server)],
    ["in a plan", ({ server }: Place): unknown => server.faults.play([step])],
  ])("%s", async (_, carryOut) => {
    await inPlace(async (place) => {
      await before?.(place);
      await carryOut(place);
      await see(place);
    });
  });
});

/** What lasts, each with what must be so again when its time is over. */
const LASTING: readonly [step: FaultStep, isOver: (place: Place) => Promise<void>][] = [
  [{ fault: "refuse", for: 5 }, isWelcome],
  [{ fault: "stall", for: 5 }, isAnswered],
  [{ fault: "delay", milliseconds: NEVER, for: 5 }, isAnswered],
  [{ fault: "merge", milliseconds: NEVER, for: 5 }, isAnswered],
  [{ fault: "split", size: 1, for: 5 }, async ({ raw }) => expect(await piecesTo(raw)).toBe(1)],
  [{ fault: "dropReplies", for: 5 }, async ({ raw }) => expect(await repliesTo(raw)).toBe(1)],
];

test.each(LASTING)("over when its time is: %o", async (step, isOver) => {
  await inPlace(async (place) => {
    await place.server.faults.play([step]);
    await isOver(place);
  });
});
