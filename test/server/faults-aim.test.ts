import { expect, test } from "vitest";
import { startServer } from "../../src/server/index.ts";
import { rawPeer } from "./faulty-peers.ts";

test("a fault aimed at nobody says so, and who is there", async () => {
  await using server = await startServer();
  const { faults } = server;
  expect(() => faults.disconnect({ only: "billing" })).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTION",
      message: expect.stringContaining('"only": it picks no connection: nobody is connected') as string,
    }),
  );
  const raw = await rawPeer(server, "biling");
  const there = /it picks no connection: connected is 1 \("biling"\)/;
  expect(() => faults.disconnect({ only: "billing" })).toThrow(there);
  expect(() => faults.garbage(8, { only: 2 })).toThrow(there);
  expect(() => faults.expireCredentials({ only: () => false })).toThrow(there);
  expect(server.connections).toHaveLength(1);
  raw.destroy();
});

test("a fault that lasts may be aimed at those who come later; one of all at nobody", async () => {
  await using server = await startServer();
  expect(server.faults.delay(1, { only: "later" })).toBe(0);
  expect(server.faults.dropReplies({ only: "later" })).toBe(0);
  expect(server.faults.disconnect()).toBe(0);
});

test("a step of a plan that hits nobody is told to the log, the plan goes on", async () => {
  const lines: string[] = [];
  await using server = await startServer({ log: (line) => lines.push(line) });
  const played = await server.faults.play([
    { fault: "disconnect", only: "nobody" },
    { fault: "clear" },
    { fault: "garbage", size: 8, pick: "one" },
  ]);
  expect(played).toHaveLength(3);
  expect(lines).toEqual([
    "step 0 of a plan (disconnect) hits no connection",
    "step 2 of a plan (garbage) hits no connection",
  ]);
});
