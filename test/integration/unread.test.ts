import { describe, expect, test } from "vitest";
import { type Connection, connect, type DrainReport, type Subscription } from "../../src/index.ts";
import { collect, publishNumbers } from "../support/collect.ts";
import { useServer } from "../support/nats-server.ts";

const access = useServer();

const drains: [string, (nc: Connection, sub: Subscription) => Promise<DrainReport>][] = [
  ["the subscription", (_nc, sub) => sub.drain()],
  ["the connection", (nc) => nc.drain({ timeout: 3_600_000 })],
];

describe.each(drains)("what nobody has begun to read when %s is drained", (_title, drain) => {
  test("is given up as soon as all has come, and counted", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 3);
    expect(await drain(nc, sub)).toMatchObject({
      handled: 0,
      abandoned: 3,
      timedOut: false,
      complete: true,
    });
    expect(await sub.closed).toEqual({ reason: "drained", abandoned: 3 });
  });

  test("is given up also when its maximum is reached already", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in", { max: 2 });
    publishNumbers(nc, "in", 3);
    await nc.flush();
    expect(await drain(nc, sub)).toMatchObject({ handled: 0, abandoned: 2, timedOut: false });
    expect(await sub.closed).toEqual({ reason: "max", abandoned: 2 });
  });

  test("is handed out to whoever begins to read in the same turn", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    const sent = publishNumbers(nc, "in", 3);
    await nc.flush();
    const draining = drain(nc, sub);
    expect(await collect(sub)).toEqual(sent);
    expect(await draining).toMatchObject({ handled: 3, abandoned: 0, complete: true });
  });
});

describe("what somebody has begun to read when its subscription is drained", () => {
  test("is waited for, also while nobody reads at the moment", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 3);
    await sub.next();
    const draining = sub.drain();
    await nc.flush();
    expect(sub.state).toBe("draining");
    await sub.next();
    await sub.next();
    expect(await draining).toEqual({ handled: 2, abandoned: 0, timedOut: false, complete: true });
  });
});
