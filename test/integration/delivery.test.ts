import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, type ConnectionEvent, type Message, type Subscription } from "../../src/index.ts";
import { useServer } from "../support/nats-server.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();
let subjects = 0;
/** A subject of its own for each test: they share the server. */
const aSubject = (): string => `delivery.${++subjects}`;

async function publishNumbers(
  nc: Awaited<ReturnType<typeof connect>>,
  subject: string,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) nc.publish(subject, `${i}`);
  await nc.flush();
}

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`);

describe("a callback", () => {
  test("gets every message in order [MSGQ-01]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const seen: string[] = [];
    nc.subscribe(subject, { callback: (m) => void seen.push(m.string()) });
    await publishNumbers(nc, subject, 5000);
    expect(seen).toEqual(numbers(5000));
  });

  test("that returns promises is called for one message at a time, in order [MSGQ-02]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const seen: string[] = [];
    let open = 0;
    let mostOpen = 0;
    const sub = nc.subscribe(subject, {
      callback: async (m) => {
        mostOpen = Math.max(mostOpen, ++open);
        await sleep(1);
        seen.push(m.string());
        open--;
      },
    });
    await publishNumbers(nc, subject, 30);
    await sub.drain();
    expect(seen).toEqual(numbers(30));
    expect(mostOpen).toBe(1);
  });

  test("has as many promises open as its concurrency allows, and no more", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    let open = 0;
    let mostOpen = 0;
    const sub = nc.subscribe(subject, {
      concurrency: 4,
      callback: async () => {
        mostOpen = Math.max(mostOpen, ++open);
        await sleep(2);
        open--;
      },
    });
    await publishNumbers(nc, subject, 40);
    expect((await sub.drain()).handled).toBe(40);
    expect(mostOpen).toBe(4);
  });

  test("that throws or rejects harms nobody and is told with message and cause [R50] [R51] [MSGQ-09]", async () => {
    await using nc = await connect(access.url);
    const [bad, good] = [aSubject(), aSubject()];
    const told: ConnectionEvent[] = [];
    nc.on("handlerError", (event) => void told.push(event));
    const seen: string[] = [];
    const thrower = nc.subscribe(bad, {
      callback: (m) => {
        seen.push(`bad ${m.string()}`);
        if (m.string() === "1") throw new Error("no");
        if (m.string() === "2") return Promise.reject(new Error("later no"));
        return undefined;
      },
    });
    nc.subscribe(good, { callback: (m) => void seen.push(`good ${m.string()}`) });
    for (let i = 0; i < 4; i++) {
      nc.publish(bad, `${i}`);
      nc.publish(good, `${i}`);
    }
    await nc.flush();
    await eventually(() => expect(told).toHaveLength(2));
    expect(seen.filter((text) => text.startsWith("bad"))).toEqual(["bad 0", "bad 1", "bad 2", "bad 3"]);
    expect(seen.filter((text) => text.startsWith("good"))).toHaveLength(4);
    expect(told.map((event) => event.type === "handlerError" && event.message.string())).toEqual(["1", "2"]);
    expect(told[0]).toMatchObject({ subscription: thrower, error: { code: "HANDLER_FAILED", subject: bad } });
    expect(told[1]).toMatchObject({ error: { cause: { message: "later no" } } });
  });

  test("counts the message in its hands as pending [MSGQ-03] [MSGQ-04]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const counts: unknown[] = [];
    const sub = nc.subscribe(subject, { callback: () => void counts.push([sub.pending, sub.delivered]) });
    nc.publish(subject, "abc");
    await nc.flush();
    expect(counts).toEqual([[{ messages: 1, bytes: 3 }, 1]]);
    expect(sub.pending).toEqual({ messages: 0, bytes: 0 });
  });

  test("can unsubscribe from within: nothing more is handed to it [SUB-24] [SUB-21]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    let seen = 0;
    const sub = nc.subscribe(subject, {
      callback: () => {
        if (++seen === 3) sub.unsubscribe();
      },
    });
    await publishNumbers(nc, subject, 100);
    expect(seen).toBe(3);
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 0 });
  });

  test("can be one of a queue group: each message goes to one member", async () => {
    await using nc = await connect(access.url);
    await using other = await connect(access.url);
    const subject = aSubject();
    const seen: string[] = [];
    for (const member of [nc, nc, other]) {
      member.subscribe(subject, { queue: "q", callback: (m) => void seen.push(m.string()) });
    }
    await Promise.all([nc.flush(), other.flush()]);
    await publishNumbers(nc, subject, 300);
    await eventually(() => expect(seen).toHaveLength(300));
    expect(new Set(seen).size).toBe(300);
  });
});

describe("a loop", () => {
  test("gets what was queued before it and what comes later, and ends with max [SUB-35] [SUB-36]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject, { max: 10 });
    await publishNumbers(nc, subject, 5);
    const seen: string[] = [];
    for await (const m of sub) {
      seen.push(m.string());
      if (seen.length === 5) await publishNumbers(nc, subject, 100);
    }
    expect(seen).toEqual([...numbers(5), ...numbers(5)]);
    expect(await sub.closed).toEqual({ reason: "max", abandoned: 0 });
    expect(sub.state).toBe("closed");
  });

  test("that is left unsubscribes", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject);
    await publishNumbers(nc, subject, 10);
    for await (const m of sub) if (m.string() === "3") break;
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 6 });
    await expect(nc.request(subject, "x")).rejects.toMatchObject({ code: "NO_RESPONDERS" });
  });

  test("shares the messages with other readers, each to one", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject, { max: 200 });
    const read = async (): Promise<string[]> => {
      const seen: string[] = [];
      for await (const m of sub) seen.push(m.string());
      return seen;
    };
    const readers = [read(), read(), read()];
    await publishNumbers(nc, subject, 200);
    const seen = (await Promise.all(readers)).flat();
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(200));
  });

  test("ends when the connection is closed", async () => {
    const nc = await connect(access.url);
    const sub = nc.subscribe(aSubject());
    const loop = (async () => {
      for await (const m of sub) void m;
      return "ended";
    })();
    await nc.close();
    expect(await loop).toBe("ended");
    expect(await sub.closed).toMatchObject({ reason: "connection-closed" });
  });

  test("over batches gets all, in order, up to so many at a time", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject, { max: 1000 });
    const sizes: number[] = [];
    const seen: string[] = [];
    await publishNumbers(nc, subject, 1000);
    for await (const batch of sub.batches(64)) {
      sizes.push(batch.length);
      seen.push(...batch.map((m) => m.string()));
    }
    expect(seen).toEqual(numbers(1000));
    expect(Math.max(...sizes)).toBe(64);
  });
});

describe("next()", () => {
  test("gives what waits at once, also with a timeout of 0, else waits [NEXT-02]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject);
    await publishNumbers(nc, subject, 1);
    expect((await sub.next({ timeout: 0 })).string()).toBe("0");
    await expect(sub.next({ timeout: 20 })).rejects.toMatchObject({ code: "TIMEOUT", subject });
    const waiting = sub.next({ timeout: 10_000 });
    nc.publish(subject, "later");
    expect((await waiting).string()).toBe("later");
  });

  test("ends by its signal, with the reason as cause [NEXT-10]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe(aSubject());
    const reason = new Error("enough");
    await expect(sub.next({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: "ABORTED",
      cause: reason,
    });
    const abort = new AbortController();
    const waiting = sub.next({ signal: abort.signal });
    abort.abort(reason);
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED", cause: reason });
  });

  test("says why there is nothing more [NEXT-01] [NEXT-04] [NEXT-07]", async () => {
    const nc = await connect(access.url);
    const subject = aSubject();
    const limited = nc.subscribe(subject, { max: 1 });
    await publishNumbers(nc, subject, 1);
    await limited.next();
    await expect(limited.next()).rejects.toMatchObject({ code: "MAX_MESSAGES_DELIVERED", subject });
    const ended = nc.subscribe(subject);
    const waiting = ended.next();
    ended.unsubscribe();
    await expect(waiting).rejects.toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
    const open = expect(nc.subscribe(subject).next()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await nc.close();
    await open;
  });

  test("is not for a subscription with a callback", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe(aSubject(), { callback: () => undefined });
    await expect(sub.next()).rejects.toMatchObject({ code: "SUBSCRIPTION_HAS_CALLBACK" });
    expect(() => sub.batches()).toThrowError(expect.objectContaining({ code: "SUBSCRIPTION_HAS_CALLBACK" }));
    expect(() => sub.readable()).toThrowError(expect.objectContaining({ code: "SUBSCRIPTION_HAS_CALLBACK" }));
  });
});

describe("readable()", () => {
  test("is read as fast as its reader, and cancelling it unsubscribes", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject);
    await publishNumbers(nc, subject, 10);
    const reader = sub.readable().getReader();
    const first = (await reader.read()).value!;
    expect(first.string()).toBe("0");
    expect(sub.delivered).toBe(1);
    await reader.cancel();
    expect(await sub.closed).toMatchObject({ reason: "unsubscribed" });
  });

  test("ends with the subscription", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject, { max: 50 });
    const seen: string[] = [];
    const piped = sub
      .readable()
      .pipeTo(new WritableStream({ write: (m: Message) => void seen.push(m.string()) }));
    await publishNumbers(nc, subject, 50);
    await piped;
    expect(seen).toEqual(numbers(50));
  });
});

describe("max", () => {
  test("can be set, raised and lowered later; it counts from the start [SUB-31] [SUB-34]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    let seen = 0;
    const sub = nc.subscribe(subject, { callback: () => void seen++ });
    await publishNumbers(nc, subject, 3);
    sub.unsubscribe(5);
    sub.unsubscribe(8);
    await publishNumbers(nc, subject, 20);
    expect(seen).toBe(8);
    expect(await sub.closed).toEqual({ reason: "max", abandoned: 0 });
  });

  test("at or below what was delivered ends at once [SUB-32]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    let seen = 0;
    const sub = nc.subscribe(subject, { callback: () => void seen++ });
    await publishNumbers(nc, subject, 3);
    sub.unsubscribe(2);
    expect(sub.state).toBe("closed");
    await publishNumbers(nc, subject, 3);
    expect(seen).toBe(3);
  });

  test("below what waits hands out no more than that", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject);
    await publishNumbers(nc, subject, 10);
    await sub.next();
    sub.unsubscribe(4);
    const seen: string[] = [];
    for await (const m of sub) seen.push(m.string());
    expect(seen).toEqual(["1", "2", "3"]);
  });
});

describe("a slow consumer", () => {
  const episodes = (nc: Awaited<ReturnType<typeof connect>>): Subscription[] => {
    const told: Subscription[] = [];
    nc.on("slowConsumer", ({ subscription }) => void told.push(subscription));
    return told;
  };

  test("drops the newest, counts, and tells once an episode [SLOW-01] to [SLOW-06] [SC-27] [R54]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const told = episodes(nc);
    let release: (() => void)[] = [];
    const seen: string[] = [];
    const sub = nc.subscribe(subject, {
      pending: { messages: 11 },
      callback: (m) => {
        seen.push(m.string());
        return new Promise((resolve) => release.push(resolve));
      },
    });
    const releaseAll = async (count: number): Promise<void> => {
      while (seen.length < count || release.length > 0) {
        for (const free of release.splice(0)) free();
        await sleep(1);
      }
    };
    await publishNumbers(nc, subject, 102);
    expect(sub.dropped).toBe(91);
    expect(sub.pending.messages).toBe(11);
    expect(sub.maxPending.messages).toBe(12);
    await releaseAll(11);
    expect(seen).toEqual(numbers(11));
    expect(told).toEqual([sub]);
    await publishNumbers(nc, subject, 12);
    await eventually(() => expect(told).toEqual([sub, sub]));
    await releaseAll(22);
    sub.clearMaxPending();
    expect(sub.maxPending).toEqual({ messages: 0, bytes: 0 });
    release = [];
  });

  test("can drop the oldest instead, or be limited by bytes", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const subject = aSubject();
    const told = episodes(nc);
    const sub = nc.subscribe(subject, { pending: { bytes: 5, onFull: "drop-old" } });
    await publishNumbers(nc, subject, 10);
    expect(sub.dropped).toBe(5);
    expect((await sub.next()).string()).toBe("5");
    await eventually(() => expect(told).toEqual([sub]));
  });

  test("can end with an error after what was queued", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject, { pending: { messages: 3, onFull: "error" } });
    const unharmed = nc.subscribe(subject);
    await publishNumbers(nc, subject, 10);
    const seen: string[] = [];
    await expect(
      (async () => {
        for await (const m of sub) seen.push(m.string());
      })(),
    ).rejects.toMatchObject({ code: "SLOW_CONSUMER", subject });
    expect(seen).toEqual(numbers(3));
    expect(await sub.closed).toMatchObject({ reason: "failed", error: { code: "SLOW_CONSUMER" } });
    expect(unharmed.pending.messages).toBe(10);
  });

  test("takes new limits at once [SLOW-08]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject);
    expect(sub.pendingLimits).toEqual({ messages: 524_288, bytes: 67_108_864, onFull: "drop-new" });
    sub.setPendingLimits({ messages: 2 });
    await publishNumbers(nc, subject, 5);
    expect(sub.dropped).toBe(3);
    expect(() => sub.setPendingLimits({ messages: 0 })).toThrowError(
      expect.objectContaining({ code: "INVALID_OPTION", argument: "messages" }),
    );
  });
});
