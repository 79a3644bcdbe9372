import { describe, expect, test } from "vitest";
import { type Connection, connect, type PendingLimits, type Subscription } from "../../src/index.ts";
import { collect, keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { Gate } from "../support/gate.ts";
import { bytesInUse } from "../support/memory.ts";
import { useServer } from "../support/nats-server.ts";
import { subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);

/** A subscription whose handler waits at a gate, which can be shut again. */
class SlowSubscription {
  readonly kept: string[] = [];
  readonly sub: Subscription;
  #gate = new Gate();

  constructor(nc: Connection, subject: string, pending: Partial<PendingLimits>) {
    this.sub = nc.subscribe(subject, {
      pending,
      callback: async (m) => {
        await this.#gate.opened;
        this.kept.push(m.string());
      },
    });
  }

  /** Lets all go that waits, and shuts the gate again. */
  async catchUp(): Promise<void> {
    const gate = this.#gate;
    gate.open();
    await eventually(() => expect(this.sub.pending.messages).toBe(0));
    this.#gate = new Gate();
  }
}

describe("a slow callback", () => {
  test("has as many messages wait as the limit says; the newest are dropped, counted, and told once [SLOW-01] [SLOW-02] [SLOW-03] [SLOW-04] [MSGQ-08] [R54]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const { sub, kept, ...slow } = slowOf(nc, { messages: 10 });
    nc.publish("slow", "1");
    await nc.flush();
    expect([sub.delivered, sub.pending.messages]).toEqual([1, 1]);
    publishNumbers(nc, "slow", 100, 2);
    await nc.flush();
    expect(sub.dropped).toBe(91);
    expect([sub.delivered, sub.pending.messages, sub.maxPending.messages]).toEqual([1, 10, 11]);

    await slow.catchUp();
    expect(kept).toEqual(numbers(1, 10));
    expect([sub.delivered, sub.dropped, sub.pending]).toEqual([10, 91, { messages: 0, bytes: 0 }]);
    await events.wait("slowConsumer");
    const ended = await events.wait("slowConsumerEnded");
    expect(ended).toMatchObject({ subscription: sub, dropped: 91, reason: "recovered" });
    expect(ended.duration).toBeGreaterThanOrEqual(0);
    expect(events.all).toEqual([{ type: "slowConsumer", subscription: sub, dropped: 1 }, ended]);
    expect(nc.stats()).toMatchObject({ inMessages: 101, inDropped: 91 });
  });

  test("that has caught up and falls behind again is told again [SLOW-05] [R54]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const { sub, kept, ...slow } = slowOf(nc, { messages: 4 });
    for (let episode = 1; episode <= 3; episode++) {
      publishNumbers(nc, "slow", 7);
      await events.wait("slowConsumer", episode);
      await nc.flush();
      await slow.catchUp();
      expect([sub.dropped, kept.length]).toEqual([3 * episode, 4 * episode]);
    }
    expect(events.of("slowConsumer").map(({ dropped }) => dropped)).toEqual([1, 4, 7]);
  });

  test("is told once while it stays near its limit, though room comes and goes [SLOW-05]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const gates = Array.from({ length: 40 }, () => new Gate());
    const sub = nc.subscribe("slow", {
      pending: { messages: 10 },
      callback: (m) => gates[Number(m.string()) - 1]!.opened,
    });
    publishNumbers(nc, "slow", 11);
    await nc.flush();
    for (let i = 0; i < 4; i++) {
      gates[i]!.open();
      await eventually(() => expect(sub.pending.messages).toBe(9));
      publishNumbers(nc, "slow", 2, 12 + 2 * i);
      await nc.flush();
    }
    expect(sub.dropped).toBe(5);
    await events.wait("slowConsumer");
    expect(events.types).toEqual(["slowConsumer"]);
    for (const gate of gates) gate.open();
  });

  test("harms neither the connection nor other subscriptions, flushes and requests [SLOW-06]", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const events = new EventLog(nc);
    const { sub } = slowOf(nc, { messages: 5 });
    const kept: string[] = [];
    const other = nc.subscribe("slow", { callback: keepTexts(kept) });
    nc.subscribe("ask", { callback: (m) => m.respond("answer") });
    const sent = publishNumbers(nc, "slow", 1000);
    await nc.flush();
    expect((await nc.request("ask")).string()).toBe("answer");
    expect([kept.length, other.dropped, sub.dropped]).toEqual([1000, 0, 995]);
    expect(kept).toEqual(sent);
    await events.wait("slowConsumer");
    expect([nc.state, sub.state, events.types]).toEqual(["connected", "active", ["slowConsumer"]]);
  });

  test("is what lastError says then [SLOW-04]", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const events = new EventLog(nc);
    slowOf(nc, { messages: 1 });
    publishNumbers(nc, "slow", 2);
    await events.wait("slowConsumer");
    expect(nc.lastError).toMatchObject({ code: "SLOW_CONSUMER", subject: "slow" });
  });
});

describe("a slow reader", () => {
  test("gets what fitted, then what comes once there is room [SLOW-01] [SLOW-02]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const sub = nc.subscribe("slow", { pending: { messages: 3 } });
    publishNumbers(nc, "slow", 5);
    await nc.flush();
    expect([sub.dropped, sub.pending.messages]).toEqual([2, 3]);
    const kept = [];
    for (let i = 0; i < 3; i++) kept.push((await sub.next()).string());
    publishNumbers(nc, "slow", 2, 6);
    for (let i = 0; i < 2; i++) kept.push((await sub.next()).string());
    expect(kept).toEqual(["1", "2", "3", "6", "7"]);
    await events.wait("slowConsumerEnded");
    expect([sub.dropped, sub.delivered, events.types]).toEqual([2, 5, ["slowConsumer", "slowConsumerEnded"]]);
  });

  test("in a loop counts the message in its hands [MSGQ-03] [SLOW-01]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("slow", { max: 6, pending: { messages: 3 } });
    publishNumbers(nc, "slow", 1);
    const kept: string[] = [];
    for await (const m of sub) {
      if (kept.length === 0) {
        publishNumbers(nc, "slow", 5, 2);
        await nc.flush();
        expect([sub.pending.messages, sub.dropped]).toEqual([3, 3]);
      }
      kept.push(m.string());
    }
    expect(kept).toEqual(["1", "2", "3"]);
  });
});

describe("the limit in bytes", () => {
  test("counts payloads and lets in what just fits [SLOW-01] [MSGQ-05]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const sub = nc.subscribe("slow", { pending: { bytes: 100 } });
    nc.publish("slow", "a".repeat(60));
    nc.publish("slow", "b".repeat(40));
    await nc.flush();
    expect([sub.pending, sub.dropped]).toEqual([{ messages: 2, bytes: 100 }, 0]);
    nc.publish("slow", "c");
    await nc.flush();
    expect([sub.pending, sub.dropped]).toEqual([{ messages: 2, bytes: 100 }, 1]);
    expect(sub.maxPending).toEqual({ messages: 3, bytes: 101 });
    expect((await events.wait("slowConsumer")).dropped).toBe(1);
    nc.publish("slow");
    await nc.flush();
    expect([sub.pending.messages, sub.dropped, events.types]).toEqual([3, 1, ["slowConsumer"]]);
  });

  test("holds beside the limit in messages: whichever is reached first [SLOW-01]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("slow", { pending: { messages: 3, bytes: 10 } });
    nc.publish("slow", "12345678");
    nc.publish("slow", "too long");
    publishNumbers(nc, "slow", 3);
    await nc.flush();
    expect([sub.pending, sub.dropped]).toEqual([{ messages: 3, bytes: 10 }, 2]);
  });
});

describe('onFull: "drop-old"', () => {
  test("keeps the newest, drops and counts the oldest, and is told once an episode", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const sub = nc.subscribe("slow", { max: 100, pending: { messages: 10, onFull: "drop-old" } });
    publishNumbers(nc, "slow", 100);
    await nc.flush();
    expect([sub.pending.messages, sub.dropped]).toEqual([10, 90]);
    expect(await collect(sub)).toEqual(numbers(91, 100));
    await events.wait("slowConsumerEnded");
    expect([sub.delivered, events.types]).toEqual([10, ["slowConsumer", "slowConsumerEnded"]]);
  });

  test("does not take away the message that is being handled", async () => {
    await using nc = await connect(access.url);
    const { sub, kept, ...slow } = slowOf(nc, { messages: 3, onFull: "drop-old" });
    publishNumbers(nc, "slow", 10);
    await nc.flush();
    expect([sub.pending.messages, sub.dropped]).toEqual([3, 7]);
    await slow.catchUp();
    expect(kept).toEqual(["1", "9", "10"]);
  });

  test("drops the new one when all that is left is being handled", async () => {
    await using nc = await connect(access.url);
    const { sub, kept, ...slow } = slowOf(nc, { messages: 1, onFull: "drop-old" });
    publishNumbers(nc, "slow", 3);
    await nc.flush();
    expect([sub.pending.messages, sub.dropped]).toEqual([1, 2]);
    await slow.catchUp();
    expect(kept).toEqual(["1"]);
  });

  test("drops as many of the oldest as the new one needs room for, in bytes", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("slow", { pending: { bytes: 10, onFull: "drop-old" } });
    for (const text of ["aaaa", "bbb", "ccc", "ddddd"]) nc.publish("slow", text);
    await nc.flush();
    expect([sub.pending, sub.dropped]).toEqual([{ messages: 2, bytes: 8 }, 2]);
    expect((await sub.next()).string()).toBe("ccc");
    expect((await sub.next()).string()).toBe("ddddd");
  });

  test("drops a message that could never fit, and not the others for its sake", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("slow", { pending: { bytes: 10, onFull: "drop-old" } });
    for (const text of ["aaa", "bbb", "larger than all", "ccc"]) nc.publish("slow", text);
    await nc.flush();
    expect([sub.pending, sub.dropped]).toEqual([{ messages: 3, bytes: 9 }, 1]);
  });
});

describe('onFull: "error"', () => {
  test("ends the subscription: what was queued comes, then SLOW_CONSUMER; the server is told", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const sub = nc.subscribe("slow", { pending: { messages: 3, onFull: "error" } });
    publishNumbers(nc, "slow", 10);
    await nc.flush();
    const kept: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const m of sub) kept.push(m.string());
    };
    await expect(loop()).rejects.toMatchObject({ code: "SLOW_CONSUMER", subject: "slow" });
    expect(kept).toEqual(["1", "2", "3"]);
    await expect(sub.next()).rejects.toMatchObject({ code: "SLOW_CONSUMER" });
    expect(await sub.closed).toMatchObject({ reason: "failed", error: { code: "SLOW_CONSUMER" } });
    await events.wait("slowConsumer");
    const ended = await events.wait("slowConsumerEnded");
    expect(ended).toMatchObject({ subscription: sub, dropped: 1, reason: "ended" });
    expect([events.types, sub.dropped]).toEqual([["slowConsumer", "slowConsumerEnded"], 1]);
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
    expect(nc.state).toBe("connected");
  });

  test("fails a loop over batches after what was queued", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("slow", { pending: { messages: 3, onFull: "error" } });
    publishNumbers(nc, "slow", 10);
    await nc.flush();
    const sizes: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const batch of sub.batches(2)) sizes.push(batch.length);
    };
    await expect(loop()).rejects.toMatchObject({ code: "SLOW_CONSUMER" });
    expect(sizes).toEqual([2, 1]);
  });

  test("lets a callback have what was queued, then closes", async () => {
    await using nc = await connect(access.url);
    const { sub, kept, ...slow } = slowOf(nc, { messages: 3, onFull: "error" });
    publishNumbers(nc, "slow", 10);
    await nc.flush();
    expect(sub.state).toBe("draining");
    await slow.catchUp();
    expect(kept).toEqual(["1", "2", "3"]);
    expect(await sub.closed).toMatchObject({
      reason: "failed",
      error: { code: "SLOW_CONSUMER", subject: "slow" },
      abandoned: 0,
    });
  });
});

describe("pending limits", () => {
  test("are generous unless set, for one subscription or for all of a connection [SUB-09]", async () => {
    await using plain = await connect(access.url);
    expect(plain.subscribe("limits").pendingLimits).toEqual({
      messages: 524_288,
      bytes: 64 * 1024 * 1024,
      onFull: "drop-new",
    });
    await using nc = await connect({
      servers: access.url,
      pending: { messages: 7, bytes: Infinity, onFull: "drop-old" },
    });
    expect(nc.subscribe("limits").pendingLimits).toEqual({
      messages: 7,
      bytes: Infinity,
      onFull: "drop-old",
    });
    expect(nc.subscribe("limits", { pending: { messages: 8 } }).pendingLimits).toEqual({
      messages: 8,
      bytes: Infinity,
      onFull: "drop-old",
    });
  });

  test("can be changed at any time; what is not named stays [SLOW-08]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("limits", { pending: { messages: 2 } });
    publishNumbers(nc, "limits", 3);
    await nc.flush();
    sub.setPendingLimits({ messages: 4 });
    publishNumbers(nc, "limits", 3, 4);
    await nc.flush();
    expect([sub.pending.messages, sub.dropped]).toEqual([4, 2]);

    sub.setPendingLimits({ onFull: "drop-old" });
    expect(sub.pendingLimits).toEqual({ messages: 4, bytes: 64 * 1024 * 1024, onFull: "drop-old" });
    nc.publish("limits", "7");
    await nc.flush();
    expect([sub.pending.messages, sub.dropped]).toEqual([4, 3]);

    sub.setPendingLimits({ messages: Infinity });
    publishNumbers(nc, "limits", 100, 8);
    await nc.flush();
    expect([sub.pending.messages, sub.dropped]).toEqual([104, 3]);
  });

  test("below what waits take nothing away, and let nothing in until there is room [SLOW-08]", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const sub = nc.subscribe("limits");
    publishNumbers(nc, "limits", 4);
    await nc.flush();
    sub.setPendingLimits({ messages: 2 });
    nc.publish("limits", "5");
    await nc.flush();
    expect([sub.pending.messages, sub.dropped]).toEqual([4, 1]);
    for (const text of ["1", "2", "3"]) expect((await sub.next()).string()).toBe(text);
    nc.publish("limits", "6");
    await nc.flush();
    expect([sub.pending.messages, sub.dropped]).toEqual([2, 1]);
  });

  test.each([
    { messages: 0 },
    { bytes: 0 },
    { messages: -1 },
    { messages: 1.5 },
    { onFull: "block" },
    { size: 1 },
  ])("%j are refused and change nothing [SLOW-08]", async (limits) => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("limits", { pending: { messages: 5 } });
    const before = sub.pendingLimits;
    expect(() => sub.setPendingLimits(limits as Partial<PendingLimits>)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", argument: Object.keys(limits)[0] }),
    );
    expect(sub.pendingLimits).toEqual(before);
  });

  test("keep the highest figures seen, until these are cleared [MSGQ-08]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const sub = nc.subscribe("limits", { callback: keepTexts(kept) });
    for (const text of ["a", "bbb", "cc"]) nc.publish("limits", text);
    await nc.flush();
    expect(sub.maxPending).toEqual({ messages: 1, bytes: 3 });
    sub.clearMaxPending();
    expect(sub.maxPending).toEqual({ messages: 0, bytes: 0 });
    nc.publish("limits", "dd");
    await nc.flush();
    expect(sub.maxPending).toEqual({ messages: 1, bytes: 2 });
  });
});

describe("the end of an episode", () => {
  test.each<[string, (nc: Connection, sub: Subscription) => unknown]>([
    ["unsubscribing", (_nc, sub) => sub.unsubscribe()],
    ["reaching max", (_nc, sub) => sub.unsubscribe(5)],
    ["closing the connection", (nc) => nc.close()],
    ["draining the connection", (nc) => nc.drain({ timeout: 0 })],
  ])("is told with its totals by %s while the reader is slow", async (_how, end) => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const sub = nc.subscribe("slow", { pending: { messages: 3 } });
    publishNumbers(nc, "slow", 10);
    await nc.flush();
    await end(nc, sub);
    expect(await events.wait("slowConsumerEnded")).toMatchObject({
      subscription: sub,
      dropped: 7,
      reason: "ended",
    });
    await nc.close();
    await events.wait("closed");
    expect(events.types).toEqual(["slowConsumer", "slowConsumerEnded", "closed"]);
    expect(nc.stats().inDropped).toBe(7);
  });

  test("counts all that two policies drop, for all subscriptions", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const subs = (["drop-new", "drop-old"] as const).map((onFull) =>
      nc.subscribe("slow", { pending: { bytes: 10, onFull } }),
    );
    for (const text of ["aaaa", "bbb", "ccc", "ddddd"]) nc.publish("slow", text);
    await nc.flush();
    expect(subs.map((sub) => sub.dropped)).toEqual([1, 2]);
    expect(nc.stats().inDropped).toBe(3);
    for (const sub of subs) sub.unsubscribe();
    await events.wait("slowConsumerEnded", 2);
    expect(events.of("slowConsumerEnded").map(({ dropped }) => dropped)).toEqual([1, 2]);
  });
});

describe("pending.warnAt", () => {
  test("tells that messages wait before any is dropped, once until they are handled", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const sub = nc.subscribe("filling", { pending: { messages: 10, warnAt: 0.8 } });
    for (let round = 1; round <= 2; round++) {
      publishNumbers(nc, "filling", 10);
      const warning = await events.wait("pendingWarning", round);
      expect(warning).toMatchObject({ subscription: sub, pending: { messages: 8 } });
      await nc.flush();
      for (let i = 0; i < 10; i++) await sub.next();
    }
    expect([events.types, sub.dropped]).toEqual([["pendingWarning", "pendingWarning"], 0]);
  });

  test.each([0, -1, 1.1, Number.NaN, "half"])("%j is refused", async (warnAt) => {
    await using nc = await connect(access.url);
    expect(() => nc.subscribe("filling", { pending: { warnAt: warnAt as number } })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", argument: "pending.warnAt" }),
    );
  });
});

describe("the memory of what waits", () => {
  const MiB = 1024 * 1024;

  /** Publishes 64 MiB to `busy`, and among it one message of 16 bytes to `idle` for each of 1,000 chunks. */
  const publishMixed = async (nc: Connection): Promise<void> => {
    const payload = new Uint8Array(16 * 1024);
    for (let i = 0; i < 1000; i++) {
      nc.publish("idle", `${i}`.padStart(16, "0"));
      for (let j = 0; j < 4; j++) nc.publish("busy", payload);
      await nc.ready();
      if (i % 100 === 99) await nc.flush();
    }
    await nc.flush();
  };

  test("is what the limits say, with either policy", async () => {
    await using nc = await connect(access.url);
    const stuck = nc.subscribe("busy", { pending: { bytes: MiB } });
    const moving = nc.subscribe("busy", { pending: { bytes: MiB, onFull: "drop-old" } });
    await publishMixed(nc);
    await eventually(() => expect([stuck.dropped, moving.dropped]).toEqual([4000 - 64, 4000 - 64]));
    expect([stuck.pending.bytes, moving.pending.bytes]).toEqual([MiB, MiB]);
  });

  test("is its own: one small unread message in each of many chunks does not keep the chunks", async () => {
    await using nc = await connect(access.url);
    await using publisher = await connect(access.url);
    let received = 0;
    nc.subscribe("busy", { callback: (m) => void (received += m.size) });
    const idle = nc.subscribe("idle");
    await nc.flush();
    const before = await bytesInUse();
    await publishMixed(publisher);
    await eventually(() => expect(received).toBe(4000 * 16 * 1024));
    await nc.flush();
    expect(idle.pending.messages).toBe(1000);
    expect((await bytesInUse()) - before).toBeLessThan(8 * MiB);
    idle.unsubscribe(1000);
    const texts = await collect(idle);
    expect(texts).toEqual(Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(16, "0")));
  });

  test("is bounded by the limits, however much is sent to who never reads [R54]", async () => {
    await using nc = await connect(access.url);
    await using publisher = await connect(access.url);
    const stuck = nc.subscribe("busy", { pending: { bytes: MiB } });
    const moving = nc.subscribe("busy", { pending: { bytes: MiB, onFull: "drop-old" } });
    await nc.flush();
    const before = await bytesInUse();
    await publishMixed(publisher);
    await eventually(() => expect(stuck.dropped).toBe(4000 - 64));
    await eventually(() => expect(moving.dropped).toBe(4000 - 64));
    expect((await bytesInUse()) - before).toBeLessThan(8 * MiB);
    expect([stuck.pending.bytes, moving.pending.bytes]).toEqual([MiB, MiB]);
  });
});

/** A {@link SlowSubscription} to "slow", in parts. */
function slowOf(nc: Connection, pending: Partial<PendingLimits>) {
  const slow = new SlowSubscription(nc, "slow", pending);
  return { sub: slow.sub, kept: slow.kept, catchUp: () => slow.catchUp() };
}
