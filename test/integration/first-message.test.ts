import { describe, expect, test } from "vitest";
import { connect, type EventOf } from "../../src/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";

const access = useServer();

describe("firstMessageTimeout", () => {
  test("ends a subscription for which no message comes: whoever reads is told", async () => {
    await using nc = await connect(access.url);
    const errors: unknown[] = [];
    nc.on("error", (event) => void errors.push(event));
    const options = { firstMessageTimeout: 50 };
    const loop = nc.subscribe("silent", options);
    const batches = nc.subscribe("silent", options);
    const next = nc.subscribe("silent", options);
    const failures = await Promise.all([
      failure(loop[Symbol.asyncIterator]().next()),
      failure(batches.batches().next()),
      failure(next.next()),
    ]);
    for (const error of failures) {
      expect(error).toMatchObject({ code: "TIMEOUT", subject: "silent", elapsed: 50 });
      expect(error.message).toContain("within 50 ms");
    }
    expect(await loop.closed).toMatchObject({ reason: "failed", error: { code: "TIMEOUT" } });
    expect(await failure(next.next())).toMatchObject({ code: "TIMEOUT" });
    expect(nc.subscriptionCount).toBe(0);
    nc.publish("silent", "too late");
    await nc.flush();
    expect([loop.received, batches.received, next.received, errors.length]).toEqual([0, 0, 0, 0]);
  });

  test("is told of a callback by an event, and by the subscription's end", async () => {
    await using nc = await connect(access.url);
    const told = new Promise<EventOf<"error">>((resolve) => void nc.on("error", resolve));
    const sub = nc.subscribe("silent", { firstMessageTimeout: 20, callback: () => undefined });
    const event = await told;
    expect(event).toMatchObject({ error: { code: "TIMEOUT", subject: "silent" } });
    expect(event.subscription).toBe(sub);
    expect(await sub.closed).toMatchObject({ reason: "failed", error: { code: "TIMEOUT" }, abandoned: 0 });
    expect(nc.lastError?.code).toBe("TIMEOUT");
  });

  test("is over with the first message, also one that is dropped, or with the subscription", async () => {
    await using nc = await connect({ servers: access.url, warnings: false });
    const options = { firstMessageTimeout: 1000 };
    const heard = nc.subscribe("heard", options);
    const full = nc.subscribe("heard", { ...options, pending: { bytes: 1 } });
    const left = nc.subscribe("silent", options);
    const drained = nc.subscribe("silent", { ...options, callback: () => undefined });
    nc.publish("heard", "hello");
    await nc.flush();
    left.unsubscribe();
    await drained.drain();
    const late = nc.subscribe("silent", { firstMessageTimeout: 1100 });
    await late.closed;
    expect([heard.state, full.state, full.dropped]).toEqual(["active", "active", 1]);
    expect(await left.closed).toMatchObject({ reason: "unsubscribed" });
    expect(await drained.closed).toMatchObject({ reason: "drained" });
    expect((await heard.next()).string()).toBe("hello");
  });

  test("is refused if it is no time", async () => {
    await using nc = await connect(access.url);
    const refused = thrown(() => nc.subscribe("a", { firstMessageTimeout: -1 }));
    expect(refused).toMatchObject({ code: "INVALID_OPTION", argument: "firstMessageTimeout" });
    const former = thrown(() => nc.subscribe("a", { timeout: 5 } as never));
    expect(former.message).toContain("firstMessageTimeout");
    expect(nc.subscriptionCount).toBe(0);
  });
});
