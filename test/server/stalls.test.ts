import { expect, test } from "vitest";
import { startServer } from "../../src/server/index.ts";
import { eventually } from "../support/eventually.ts";
import { rawPeer } from "./faulty-peers.ts";

const MAX_PENDING = 1_000_000;

test("who publishes to one that is far behind is not read from for a moment, and goes on after that", async () => {
  await using server = await startServer({ maxPending: MAX_PENDING });
  const [slow, sender] = [await rawPeer(server, "slow"), await rawPeer(server, "sender")];
  await slow.until(/PONG[^]*PONG\r\n/, "SUB a 1\r\nPING\r\n");
  server.faults.stall({ direction: "writing", only: "slow" });
  const message = `PUB a 10000\r\n${"x".repeat(10_000)}\r\n`;
  // Just below what makes it a slow consumer.
  sender.send(message.repeat(80));
  await sender.until(/PONG[^]*PONG\r\n/, "PING\r\n");
  expect(server.stats().stalls).toBeGreaterThan(0);
  expect(server.stats().slowConsumers).toBe(0);
  await server.faults.clear();
  await eventually(() => expect(slow.received.match(/^MSG a 1 10000/gm)).toHaveLength(80));
  for (const raw of [slow, sender]) raw.destroy();
});

test("a publisher is read from all the time while nobody is far behind", async () => {
  await using server = await startServer({ maxPending: MAX_PENDING });
  const [reader, sender] = [await rawPeer(server, "reader"), await rawPeer(server, "sender")];
  await reader.until(/PONG[^]*PONG\r\n/, "SUB a 1\r\nPING\r\n");
  sender.send("PUB a 1\r\nx\r\n".repeat(1000));
  await sender.until(/PONG[^]*PONG\r\n/, "PING\r\n");
  expect(server.stats().stalls).toBe(0);
  for (const raw of [reader, sender]) raw.destroy();
});
