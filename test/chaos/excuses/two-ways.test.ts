/**
 * What the chaos run excuses (`receiver.ts`, `receipts.ts`, `fleet.ts`): two ways through a cluster are not ordered among each other,
 * and one may end. Servers and bare sockets: no line of natspeed has part in it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { clientNamesAt } from "../../support/server-interest.ts";
import { RoutedServers } from "./routed-servers.ts";

/** More than the systems of two servers keep for them: the rest is with the one that sends. */
const MANY = 50_000;
const LONG = "1".repeat(250);

const NUMBERS = Array.from({ length: 64 }, (_, index) => index + 1);

describe("on their way through a cluster, of messages", () => {
  let servers: RoutedServers;
  beforeAll(async () => void (servers = await RoutedServers.start()), 60_000);
  afterAll(() => servers.stop());

  it("one for a member of a queue group that has gone comes late to another; who is no member gets it twice", async () => {
    const { first, second, third, between } = servers;
    const leaving = await servers.dial(second, "leaving", "SUB work pool 1\r\nSUB work-known 2\r\n");
    const staying = await servers.dial(
      third,
      "staying",
      "SUB work pool 1\r\nSUB work 2\r\nSUB end 3\r\nSUB work-known 4\r\n",
    );
    const publisher = await servers.dial(first, "publisher");
    await Promise.all([
      servers.knows(first, "second", "work-known"),
      servers.knows(first, "third", "work-known"),
    ]);

    // The second server has forgotten its member. The first does not hear of that, and still picks it.
    between.stall();
    leaving.destroy();
    await eventually(async () => expect(await clientNamesAt(second)).toEqual([]));
    publisher.send(`${NUMBERS.map((number) => publication("work", number)).join("")}PUB end 0\r\n\r\n`);
    await staying.until("MSG end 3 ");
    const soon = numbersOf(staying, 1);
    between.resume();
    await eventually(() => expect(numbersOf(staying, 1)).toHaveLength(NUMBERS.length));

    const late = numbersOf(staying, 1).slice(soon.length);
    expect(sorted([...soon, ...late])).toEqual(NUMBERS);
    expect(late[0]).toBeLessThan(soon.at(-1)!);
    await eventually(() => expect(sorted(numbersOf(staying, 2))).toEqual(sorted([...NUMBERS, ...late])));
  });

  it("one that takes longer to a server than its subscriber comes there again", async () => {
    const { first, second, third, between } = servers;
    const old = await servers.dial(third, "old", "SUB news 1\r\nSUB news-known 2\r\n");
    // Somebody else at the second server, or the first would send nothing there.
    await servers.dial(second, "other", "SUB news 1\r\nSUB news-known 2\r\n");
    const publisher = await servers.dial(first, "publisher");
    await Promise.all([
      servers.knows(first, "second", "news-known"),
      servers.knows(first, "third", "news-known"),
    ]);

    between.stall();
    publisher.send(publication("news", 42));
    await eventually(() => expect(numbersOf(old, 1)).toEqual([42]));
    // As in a move: a subscription begins at the next server once the last one has confirmed its end.
    await old.until(/PONG[^]*PONG/, "UNSUB 1\r\nPING\r\n");
    const next = await servers.dial(second, "next", "SUB news 1\r\n");
    expect(numbersOf(next, 1)).toEqual([]);
    between.resume();
    await eventually(() => expect(numbersOf(next, 1)).toEqual([42]));
  });

  // The last test: the first server ends here.
  it("what a frozen server has not read is lost when the one that sent it ends, though that had taken it long before", async () => {
    const { first, third } = servers;
    const reader = await servers.dial(third, "reader", "SUB late 1\r\nSUB late-known 2\r\n");
    await servers.dial(first, "listener", "SUB back 1\r\n");
    const publisher = await servers.dial(first, "publisher");
    await Promise.all([servers.knows(first, "third", "late-known"), servers.knows(third, "first", "back")]);

    await third.freeze();
    await publisher.until(/PONG[^]*PONG/, `${publication("late", LONG).repeat(MANY)}PING\r\n`);
    // By what it can't send there it finds out that the first has gone.
    reader.send(publication("back", LONG).repeat(1000));
    await first.kill();
    third.thaw();
    await servers.hasLost(third, "first");
    await reader.until(/PONG[^]*PONG/, "PING\r\n");
    expect(numbersOf(reader, 1).length).toBeLessThan(MANY);
  });
});

function publication(subject: string, digits: number | string): string {
  const payload = String(digits);
  return `PUB ${subject} ${payload.length}\r\n${payload}\r\n`;
}

/** What has come for a subscription, in this order. */
function numbersOf({ received }: RawClient, sid: number): number[] {
  const messages = received.matchAll(/^MSG \S+ (\d+) \d+\r\n(\d+)\r$/gm);
  return Array.from(messages, ([, id, number]) => ({ id: Number(id), number: Number(number) }))
    .filter(({ id }) => id === sid)
    .map(({ number }) => number);
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
