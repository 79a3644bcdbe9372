import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { numbers, publishNumbers, readAll, setUp } from "./support.ts";

const server = useJetStream();

describe("priority groups", () => {
  it("[JS-PULL-17] [JS-CON-21] overflow: serves a client only from so many on", async () => {
    const { consumer, subject } = await setUp(server.js, 5, {
      priority: { policy: "overflow", groups: ["jobs"] },
    });
    const spare = consumer.consume({ priority: { group: "jobs", minPending: 20 }, stopAfter: 1 });
    const reading = readAll(spare);
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    expect(await readAll(consumer.fetch({ maxMessages: 5, priority: { group: "jobs" } }))).toEqual(
      numbers(5),
    );
    expect(spare.pending.messages).toBe(0);
    await publishNumbers(server.js, subject, 30, 6);
    expect(await reading).toHaveLength(1);
  });

  it("[JS-PULL-17] [JS-CON-22] [JS-STATUS-28] pinned: one client at a time, and the next when it is unpinned", async () => {
    const { consumer, subject } = await setUp(server.js, 10, {
      priority: { policy: "pinned-client", groups: ["jobs"], timeout: 60_000 },
    });
    const options = { priority: { group: "jobs" }, expires: 1000 } as const;
    const texts: Record<"a" | "b", string[]> = { a: [], b: [] };
    const events: string[] = [];
    const run = (name: "a" | "b") => {
      const messages = consumer.consume({
        ...options,
        callback: (m) => {
          texts[name].push(m.string());
          m.ack();
        },
      });
      messages.on("pinned", ({ group }) => void events.push(`${name} pinned ${group}`));
      messages.on("unpinned", ({ group }) => void events.push(`${name} unpinned ${group}`));
      return messages;
    };
    const a = run("a");
    await eventually(() => expect(texts.a).toHaveLength(10));
    const b = run("b");
    await publishNumbers(server.js, subject, 10, 11);
    await eventually(() => expect(texts.a).toHaveLength(20));
    expect(texts.b).toEqual([]);
    await eventually(() => expect(events).toEqual(["a pinned jobs"]));
    await consumer.unpin("jobs");
    await publishNumbers(server.js, subject, 10, 21);
    await eventually(() => expect(texts.a.length + texts.b.length).toBe(30));
    await eventually(() => expect(events).toContain("a unpinned jobs"));
    await Promise.all([a.stop(), b.stop()]);
    expect([...texts.a, ...texts.b].sort()).toEqual(numbers(30).sort());
  });

  it("[JS-PULL-17] [JS-CON-23] prioritized: the first is served first", async () => {
    const { consumer, subject } = await setUp(server.js, 0, {
      priority: { policy: "prioritized", groups: ["jobs"] },
    });
    const second = consumer.consume({ priority: { group: "jobs", priority: 1 }, capacity: 5 });
    const first = consumer.consume({ priority: { group: "jobs", priority: 0 }, capacity: 5 });
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(2));
    await publishNumbers(server.js, subject, 5);
    await eventually(() => expect(first.pending.messages).toBe(5));
    expect(second.pending.messages).toBe(0);
    await publishNumbers(server.js, subject, 3, 6);
    // Whoever is first has no room.
    await eventually(() => expect(second.pending.messages).toBe(3));
    await Promise.all([first.stop(), second.stop()]);
  });

  it.each([
    ["[JS-STATUS-09] without a group", {}],
    ["[JS-STATUS-10] with another group", { priority: { group: "others" } }],
    ["[JS-STATUS-06] with what is of another policy", { priority: { group: "jobs", minPending: 5 } }],
  ])("%s a pull is refused", async (_title, options) => {
    const { consumer } = await setUp(server.js, 1, { priority: { policy: "prioritized", groups: ["jobs"] } });
    for (const messages of [consumer.consume(options), consumer.fetch({ ...options, expires: 10_000 })]) {
      expect(await failure(readAll(messages))).toMatchObject({
        code: "PULL_REFUSED",
        status: 400,
        consumer: "c",
      });
    }
  });

  it("[JS-PULL-13] [JS-CON-22] bytes of a pinned client are counted without the pin", async () => {
    const { consumer, subject } = await setUp(server.js, 0, {
      priority: { policy: "pinned-client", groups: ["jobs"] },
    });
    for (let i = 0; i < 20; i++) await server.js.publish(subject, "x".repeat(100));
    const messages = consumer.consume({
      priority: { group: "jobs" },
      capacityBytes: 2000,
      stopAfter: 20,
      expires: 1000,
    });
    expect(await readAll(messages)).toHaveLength(20);
  });
});
