import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { keepTexts, publishNumbers } from "../support/collect.ts";
import { failure, thrown } from "../support/failure.ts";
import { needs } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { withOutage } from "../support/outage.ts";

describe("publishing while there is no link", () => {
  test("keeps everything, and sends it in order behind the subscriptions [R30] [RECON-23] [BUF-03]", async () => {
    await withOutage({}, async ({ nc, log, down, up }) => {
      const received: string[] = [];
      nc.subscribe("work", { callback: keepTexts(received) });
      await down();
      const texts = publishNumbers(nc, "work", 25);
      expect(nc.pendingBytes).toBeGreaterThan(0);
      // More attempts fail meanwhile, none of which may lose or repeat anything.
      await log.wait("reconnecting", 8);
      texts.push(...publishNumbers(nc, "work", 25, 26));
      await up();
      texts.push(...publishNumbers(nc, "work", 5, 51));
      await nc.flush();
      expect(received).toEqual(texts);
      expect(log.of("reconnected")).toMatchObject([{ replayed: 50, dropped: 0 }]);
      expect(nc.stats()).toMatchObject({ outMessages: 55, outDropped: 0 });
      expect(nc.pendingBytes).toBe(0);
    });
  });

  test("keeps messages of all sizes whole, and copies them all [BUF-12] [R36]", async () => {
    await withOutage({}, async ({ nc, log, down, up }) => {
      const sub = nc.subscribe("work");
      await down();
      const sizes = [0, 1, 100, 32_767, 32_768, 65_536, 500_000];
      for (const size of sizes) {
        const payload = new Uint8Array(size).fill(size & 0xff);
        nc.publish("work", payload);
        payload.fill(0xee);
        nc.publish("work", "x".repeat(size));
      }
      await up();
      for (const size of sizes) {
        const bytes = await sub.next({ timeout: 10_000 });
        expect(bytes.size).toBe(size);
        expect(bytes.data.every((byte) => byte === (size & 0xff))).toBe(true);
        expect((await sub.next({ timeout: 10_000 })).string()).toBe("x".repeat(size));
      }
      expect(log.of("reconnected")).toMatchObject([{ replayed: 2 * sizes.length }]);
    });
  });

  test("throws at the limit of the buffer; what was taken before is kept [R31] [BUF-04] [BUF-05] [SC-15]", async () => {
    await withOutage({ reconnectBufferSize: 32 }, async ({ nc, log, down, up }) => {
      const received: string[] = [];
      nc.subscribe("foo", { callback: keepTexts(received) });
      await nc.flush();
      await down();
      // 17 bytes each on the wire.
      nc.publish("foo", "foo1");
      nc.publish("foo", "foo2");
      expect(nc.pendingBytes).toBe(34);
      expect(thrown(() => nc.publish("foo", "foo3"))).toMatchObject({
        code: "OUTBOUND_LIMIT_EXCEEDED",
        argument: "reconnectBufferSize",
        subject: "foo",
        sent: false,
      });
      expect(nc.pendingBytes).toBe(34);
      await up();
      nc.publish("foo", "foo4");
      await nc.flush();
      expect(received).toEqual(["foo1", "foo2", "foo4"]);
      expect(log.of("reconnected")).toMatchObject([{ replayed: 2, dropped: 0 }]);
      expect(nc.stats().outMessages).toBe(3);
    });
  });

  test("does not let ready() wait unless the buffer is full", async () => {
    await withOutage({ reconnectBufferSize: 32 }, async ({ nc, down, up }) => {
      await down();
      nc.publish("foo", "foo1");
      await nc.ready();
      nc.publish("foo", "foo2");
      let isReady = false;
      const ready = nc.ready().then(() => (isReady = true));
      await nextTurn();
      expect(isReady).toBe(false);
      await up();
      await ready;
    });
  });

  test("throws at once with whileDisconnected: throw, and nothing is kept [R31]", async () => {
    await withOutage({ whileDisconnected: "throw" }, async ({ nc, log, down, up }) => {
      const received: string[] = [];
      nc.subscribe("work", { callback: keepTexts(received) });
      await nc.flush();
      await down();
      const expected = { name: "ConnectionError", code: "DISCONNECTED", subject: "work", sent: false };
      expect(thrown(() => nc.publish("work", "lost"))).toMatchObject(expected);
      expect(nc.pendingBytes).toBe(0);
      await up();
      nc.publish("work", "sent");
      await nc.flush();
      expect(received).toEqual(["sent"]);
      expect(log.of("reconnected")).toMatchObject([{ replayed: 0, dropped: 0 }]);
      expect(nc.stats()).toMatchObject({ outMessages: 1, outDropped: 0 });
    });
  });

  test("drops and counts with whileDisconnected: drop, by outage and in all [R31]", async () => {
    await withOutage({ whileDisconnected: "drop" }, async ({ nc, log, down, up }) => {
      const received: string[] = [];
      nc.subscribe("work", { callback: keepTexts(received) });
      await nc.flush();
      for (const count of [3, 2]) {
        await down();
        publishNumbers(nc, "work", count);
        await up();
      }
      nc.publish("work", "sent");
      await nc.flush();
      expect(received).toEqual(["sent"]);
      expect(log.of("reconnected")).toMatchObject([
        { replayed: 0, dropped: 3 },
        { replayed: 0, dropped: 2 },
      ]);
      expect(nc.stats()).toMatchObject({ outMessages: 1, outDropped: 5 });
    });
  });
});

describe("a flush", () => {
  needs("a server that can be frozen")(
    "under way when the link is lost fails with DISCONNECTED [RECON-05] [SC-13]",
    async () => {
      await withOutage({}, async ({ nc, server, down, up }) => {
        await server.freeze();
        const flushes = [failure(nc.flush({ timeout: NEVER })), failure(nc.rtt({ timeout: NEVER }))];
        await down();
        for (const error of await Promise.all(flushes)) {
          expect(error).toMatchObject({ code: "DISCONNECTED", server: server.url });
        }
        await up();
        await nc.flush();
      });
    },
  );

  test("asked for while there is no link completes with the next, behind what was published [FLUSH-07] [BUF-08]", async () => {
    await withOutage({}, async ({ nc, log, down, up }) => {
      const received: string[] = [];
      nc.subscribe("work", { callback: keepTexts(received) });
      await nc.flush();
      await down();
      nc.publish("work", "before");
      let isFlushed = false;
      const flushed = nc.flush({ timeout: NEVER }).then(() => (isFlushed = true));
      nc.publish("work", "after");
      await log.wait("reconnecting", 3);
      expect(isFlushed).toBe(false);
      await up();
      await flushed;
      expect(received).toContain("before");
      await nc.flush();
      expect(received).toEqual(["before", "after"]);
    });
  });

  test("that timed out while there was no link does not upset later ones [FLUSH-04]", async () => {
    await withOutage({}, async ({ nc, down, up }) => {
      await down();
      expect((await failure(nc.flush({ timeout: 20 }))).code).toBe("TIMEOUT");
      const second = nc.flush({ timeout: NEVER });
      await up();
      await second;
      const received: string[] = [];
      nc.subscribe("work", { callback: keepTexts(received) });
      nc.publish("work", "1");
      await nc.flush();
      expect(received).toEqual(["1"]);
    });
  });

  test("is not measured without a link: rtt() fails at once [FLUSH-12]", async () => {
    await withOutage({}, async ({ nc, down }) => {
      await down();
      expect(await failure(nc.rtt({ timeout: NEVER }))).toMatchObject({ code: "DISCONNECTED", sent: false });
    });
  });
});
