import { describe, expect, test } from "vitest";
import { connect, type Message } from "../../src/index.ts";
import { collect, publishNumbers } from "../support/collect.ts";
import { Gate } from "../support/gate.ts";
import { useServer } from "../support/nats-server.ts";
import { subjectsAt } from "../support/server-interest.ts";

const access = useServer();

describe("a readable stream", () => {
  test("gives the messages in order and closes after max", async () => {
    await using nc = await connect(access.url);
    const stream = nc.subscribe("stream", { max: 100 }).readable();
    expect(stream).toBeInstanceOf(ReadableStream);
    const sent = publishNumbers(nc, "stream", 100);
    expect(await collect(stream)).toEqual(sent);
  });

  test("takes no message before it is asked for one: what is not read waits in the subscription", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const sub = nc.subscribe("stream");
    const reader = sub.readable().getReader();
    publishNumbers(nc, "stream", 5);
    await nc.flush();
    expect([sub.delivered, sub.pending.messages]).toEqual([0, 5]);
    expect((await reader.read()).value?.string()).toBe("1");
    expect([sub.delivered, sub.pending.messages]).toEqual([1, 5]);
    expect((await reader.read()).value?.string()).toBe("2");
    expect([sub.delivered, sub.pending.messages]).toEqual([2, 4]);
  });

  test("piped to a slow writer is read only as fast as that writes", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("stream", { max: 20 });
    const gate = new Gate();
    const begun = new Gate();
    const kept: string[] = [];
    const slow = new WritableStream<Message>(
      {
        async write(m) {
          kept.push(m.string());
          begun.open();
          await gate.opened;
        },
      },
      { highWaterMark: 1 },
    );
    const piping = sub.readable().pipeTo(slow);
    const sent = publishNumbers(nc, "stream", 20);
    await begun.opened;
    await nc.flush();
    // One is being written, and at most one is on its way to it.
    expect(sub.delivered).toBeLessThanOrEqual(2);
    expect(sub.pending.messages).toBeGreaterThanOrEqual(19);
    gate.open();
    await piping;
    expect(kept).toEqual(sent);
  });

  test("can be transformed on its way", async () => {
    await using nc = await connect(access.url);
    const toText = new TransformStream<Message, string>({
      transform: (m, controller) => controller.enqueue(`<${m.string()}>`),
    });
    const stream = nc.subscribe("stream", { max: 3 }).readable().pipeThrough(toText);
    publishNumbers(nc, "stream", 3);
    const kept: string[] = [];
    for await (const text of stream) kept.push(text);
    expect(kept).toEqual(["<1>", "<2>", "<3>"]);
  });

  test("that is cancelled unsubscribes, also while a read waits", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("stream");
    const reader = sub.readable().getReader();
    const waiting = reader.read();
    await reader.cancel("enough");
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 0 });
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
  });

  test("left by break in a loop unsubscribes and gives up what waits", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("stream");
    publishNumbers(nc, "stream", 4);
    await nc.flush();
    const kept: string[] = [];
    for await (const m of sub.readable()) {
      kept.push(m.string());
      if (kept.length === 2) break;
    }
    expect(kept).toEqual(["1", "2"]);
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 2 });
  });

  test("whose writer fails unsubscribes, and the failure is the pipe's", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("stream");
    const broken = new WritableStream<Message>({
      write: () => {
        throw new Error("disk full");
      },
    });
    const piping = sub.readable().pipeTo(broken);
    publishNumbers(nc, "stream", 3);
    await expect(piping).rejects.toThrow("disk full");
    expect(await sub.closed).toMatchObject({ reason: "unsubscribed" });
  });

  test("closes with an unsubscribe and with the connection", async () => {
    await using nc = await connect(access.url);
    const one = nc.subscribe("stream");
    const two = nc.subscribe("stream");
    const reading = [collect(one.readable()), collect(two.readable())];
    nc.publish("stream", "x");
    await nc.flush();
    one.unsubscribe();
    expect(await reading[0]).toEqual(["x"]);
    await nc.close();
    expect(await reading[1]).toEqual(["x"]);
  });

  test("fails with SLOW_CONSUMER after what was queued, if the subscription says so", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("stream", { pending: { messages: 2, onFull: "error" } });
    publishNumbers(nc, "stream", 5);
    await nc.flush();
    const reader = sub.readable().getReader();
    expect((await reader.read()).value?.string()).toBe("1");
    expect((await reader.read()).value?.string()).toBe("2");
    await expect(reader.read()).rejects.toMatchObject({ code: "SLOW_CONSUMER", subject: "stream" });
  });

  test("is refused by a subscription with a callback", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("stream", { callback: () => {} });
    expect(() => sub.readable()).toThrow(
      expect.objectContaining({ code: "SUBSCRIPTION_HAS_CALLBACK", subject: "stream" }),
    );
  });
});
