import { expect, test } from "vitest";
import type { Hub } from "../../../src/server/hub.ts";
import { startServer } from "../../../src/server/index.ts";
import { memoryConnection } from "../../../src/server/memory-link.ts";
import { openHub } from "../../../src/server/open-hub.ts";
import { resolveServerOptions } from "../../../src/server/options.ts";
import { seededRandom } from "../../../src/server/routing/random.ts";
import { eventually } from "../../support/eventually.ts";
import { RawClient } from "../../support/raw-client.ts";

/** A client in memory; what it hears, until the server closes it. */
function dial(hub: Hub, number: number): { say: (text: string) => void; heard: () => string } {
  const { link, transport } = memoryConnection("test", number);
  let heard = "";
  transport.listen({
    onData: (chunk) => void (heard += Buffer.from(chunk).toString("latin1")),
    onDrain: () => undefined,
    onClose: () => void (heard += "(closed)"),
  });
  void hub.accept(link, { host: "memory", port: 0, tls: undefined });
  return { say: (text) => void transport.write(Buffer.from(text)), heard: () => heard };
}

test("a mistake of the server's own ends the connection that met it, and nothing else; the log has its stack", async () => {
  const lines: string[] = [];
  const hub = await openHub(resolveServerOptions({ log: (line) => lines.push(line) }), seededRandom(1));
  hub.accounts.global.serve("broken", () => {
    throw new TypeError("a mistake");
  });
  const [one, other] = [dial(hub, 1), dial(hub, 2)];
  other.say('CONNECT {"verbose":false}\r\nSUB a 1\r\n');
  one.say('CONNECT {"verbose":false}\r\nSUB b 1\r\nPUB a 2\r\nhi\r\nPUB broken 0\r\n\r\nPUB a 4\r\nlost\r\n');
  await eventually(() => expect(one.heard()).toMatch(/\(closed\)$/));
  other.say("PUB a 5\r\nafter\r\n");
  await eventually(() => expect(other.heard()).toMatch(/MSG a 1 2\r\nhi\r\nMSG a 1 5\r\nafter\r\n$/));
  expect(lines[0]).toMatch(
    /^client 1 of memory:1 met a mistake of the server's own: TypeError: a mistake\n +at .*unexpected\.test/,
  );
  expect(hub.closed.values().map(({ reason }) => reason)).toEqual(["Internal Error"]);
  expect(hub.accounts.global.interest.match("b").plain).toEqual([]);
  await hub.closeAll("Server Shutdown");
});

test("one that can't even be greeted is sent away", async () => {
  const hub = await openHub(resolveServerOptions({}), seededRandom(1));
  hub.listeners.add({
    onAccept: () => {
      throw new TypeError("a mistake");
    },
  });
  const one = dial(hub, 1);
  await eventually(() => expect(one.heard()).toBe("(closed)"));
  expect(hub.clients.size).toBe(0);
});

test("a log that throws hurts nobody", async () => {
  const lines: string[] = [];
  const log = (line: string): void => {
    lines.push(line);
    throw new Error("no more room");
  };
  await using server = await startServer({ log });
  const raw = await RawClient.connect(Number(new URL(server.url).port));
  await raw.until("PONG\r\n", "SUB a 1\r\nPING\r\n");
  raw.destroy();
  await eventually(() => expect(server.connections).toHaveLength(0));
  expect(server.subscriptionCount).toBe(0);
  expect(lines).toHaveLength(1);
});
