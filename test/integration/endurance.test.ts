import { expect, test } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { bytesInUse } from "../support/memory.ts";
import { type RunningServer, useServer, withServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { interestAt } from "../support/server-interest.ts";

const access = useServer();

/** For tests that do something many thousands of times. */
const PATIENCE = 120_000;

/** How often each thing is done: `NATSPEED_FULL=true npm test` takes its time, for the night. */
const { kills, cuts, dials, requests } =
  process.env["NATSPEED_FULL"] === "true"
    ? { kills: 100, cuts: 100, dials: 10_000, requests: 1_000_000 }
    : { kills: 20, cuts: 100, dials: 3000, requests: 200_000 };

const MEGABYTE = 1024 * 1024;

/** Counts events without keeping them; `reached` waits until there were so many of a type. */
function countEvents(nc: Connection) {
  const counts = { disconnected: 0, reconnecting: 0, reconnected: 0, closed: 0 };
  const waiting = new Set<() => void>();
  for (const type of Object.keys(counts) as (keyof typeof counts)[]) {
    nc.on(type, () => {
      counts[type]++;
      for (const check of waiting) check();
    });
  }
  const reached = (type: keyof typeof counts, count: number): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (counts[type] < count) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { counts, reached };
}

/** Makes the link break `outages` times, with 50 subscriptions; each is there once afterwards, and hears each message. */
async function expectInterestToLast(
  outages: number,
  server: RunningServer,
  servers: string,
  outage: (isNoticed: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await using nc = await connect({ servers, reconnect: { delay: 1, maxDelay: 10 } });
  const { counts, reached } = countEvents(nc);
  const received: string[] = [];
  for (let i = 0; i < 50; i++) {
    const queue = i % 2 === 0 ? {} : { queue: `workers-${i}` };
    nc.subscribe(`work.${i}`, { ...queue, callback: (m) => void received.push(m.subject) });
  }
  await nc.flush();
  const sids = async (): Promise<unknown> =>
    (await interestAt(server, nc))?.map(({ subject, sid, qgroup }) => [subject, sid, qgroup]).sort();
  const before = await sids();
  for (let number = 1; number <= outages; number++) {
    await outage(() => reached("disconnected", number));
    await reached("reconnected", number);
    for (let i = 0; i < 50; i++) nc.publish(`work.${i}`);
    await nc.flush();
  }
  expect(await sids()).toEqual(before);
  expect(received).toHaveLength(outages * 50);
  for (let i = 0; i < 50; i++)
    expect(received.filter((subject) => subject === `work.${i}`)).toHaveLength(outages);
  expect(counts).toMatchObject({ disconnected: outages, reconnected: outages, closed: 0 });
  expect(nc.subscriptionCount).toBe(50);
  const { subscriptions_list: list } = (await server.monitor("/subsz?subs=1&limit=1000")) as unknown as {
    subscriptions_list: { subject: string }[];
  };
  expect(list.filter(({ subject }) => subject.startsWith("work."))).toHaveLength(50);
}

test(
  `${kills} servers that are killed, each started again on its port, leave 50 subscriptions, and nothing comes twice [R5]`,
  async () => {
    await withServer({}, async (server) => {
      await expectInterestToLast(kills, server, server.url, async (isNoticed) => {
        await server.kill();
        await isNoticed();
        await server.restart();
      });
    });
  },
  PATIENCE,
);

test(
  `${cuts} connections that are cut leave 50 subscriptions, and nothing comes twice [R5]`,
  async () => {
    await using proxy = await Proxy.start(access.server.port);
    await expectInterestToLast(cuts, access.server, proxy.url, async (isNoticed) => {
      proxy.cut();
      await isNoticed();
    });
  },
  PATIENCE,
);

test(
  `${dials} failed dials over TCP, by ten connections, leave the heap as it was; each tells one outage [R4]`,
  async () => {
    const server = await ScriptedServer.start(acceptAll());
    const reconnect = { delay: 0, maxDelay: 0 };
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => connect({ servers: server.url, reconnect })),
    );
    const events = clients.map((nc) => countEvents(nc));
    const reached = (count: number): Promise<unknown> =>
      Promise.all(events.map((event) => event.reached("reconnecting", count)));
    await server.stop();
    await reached(300);
    const before = await bytesInUse();
    await reached(300 + dials / clients.length);
    expect((await bytesInUse()) - before).toBeLessThan(MEGABYTE);
    await using again = await ScriptedServer.start(acceptAll(), { port: server.port });
    await Promise.all(events.map((event) => event.reached("reconnected", 1)));
    await Promise.all(clients.map((nc) => nc.flush()));
    expect(events.map(({ counts }) => [counts.disconnected, counts.reconnected, counts.closed])).toEqual(
      clients.map(() => [1, 1, 0]),
    );
    expect(again.connections).toBe(10);
    await Promise.all(clients.map((nc) => nc.close()));
  },
  PATIENCE,
);

test(
  `${requests} requests, 200 at a time and each after the one before it, leave nothing behind [R64]`,
  async () => {
    await using nc = await connect(access.url);
    nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
    const ask = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const response = await nc.request("echo", String(i), { timeout: PATIENCE });
        if (response.string() !== String(i)) throw new Error(`${response.string()} is no answer to ${i}`);
      }
    };
    const askAll = (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: 200 }, () => ask(count)));
    await askAll(50);
    const before = await bytesInUse();
    await askAll(requests / 200 - 50);
    expect((await bytesInUse()) - before).toBeLessThan(MEGABYTE);
    expect(await interestAt(access.server, nc)).toHaveLength(2);
    expect(nc.pendingBytes).toBe(0);
  },
  PATIENCE,
);
