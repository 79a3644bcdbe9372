import { afterEach, describe, expect, test, vi } from "vitest";
import { EventLog } from "../support/event-log.ts";
import { onTheWire } from "./wire.ts";

const BULK = new Uint8Array(16_000);

afterEach(() => void vi.useRealTimers());

describe("a drain of a subscription", () => {
  test("waits for a server that takes its time for as long as that takes, and loses nothing [DRAIN-05] [DRAIN-08]", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      const seen: string[] = [];
      const sub = nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
      await sent();
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const drained = sub.drain();
      await peer.readLine();
      await peer.readLine();
      // An hour passes; whatever limits the wait has run out by then, and was told.
      await vi.advanceTimersByTimeAsync(3_600_000);
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      vi.useRealTimers();
      expect(sub.state).toBe("draining");
      peer.send("MSG a 1 4\r\nlate\r\nPONG\r\n");
      expect(await drained).toEqual({ handled: 1, abandoned: 0, timedOut: false, complete: true });
      expect(seen).toEqual(["late"]);
    });
  });

  test("whose time is up before the server has answered says that more may have been on its way", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      const sub = nc.subscribe("a", { callback: () => undefined });
      await sent();
      const drained = sub.drain({ timeout: 20 });
      expect([await peer.readLine(), await peer.readLine()]).toEqual(["UNSUB 1", "PING"]);
      expect(await drained).toEqual({ handled: 0, abandoned: 0, timedOut: true, complete: false });
    });
  });

  test("that loses its link ends, and says that more may have been on its way", async () => {
    await onTheWire(async ({ nc, peer, sent, receive }) => {
      const sub = nc.subscribe("a", { callback: () => undefined });
      await sent();
      await receive("MSG a 1 1\r\n1\r\n");
      const drained = sub.drain();
      await peer.readLine();
      peer.destroy();
      expect(await drained).toEqual({ handled: 0, abandoned: 0, timedOut: false, complete: false });
    });
  });
});

describe("a drain of a connection", () => {
  test("whose server does not answer at the end counts what it has not confirmed", async () => {
    await onTheWire(async ({ nc, sent }) => {
      nc.publish("a", "confirmed");
      await sent();
      for (let i = 0; i < 3; i++) nc.publish("a");
      expect(await nc.drain({ timeout: 20 })).toEqual({
        handled: 0,
        abandoned: 0,
        lost: 0,
        unconfirmed: 3,
        timedOut: true,
        complete: false,
      });
    });
  });

  test("whose link is lost at the end counts what the server has not confirmed", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      await sent();
      for (let i = 0; i < 3; i++) nc.publish("a");
      const drained = nc.drain();
      while ((await peer.readLine()) !== "PING");
      peer.destroy();
      expect(await drained).toMatchObject({ lost: 0, unconfirmed: 3, timedOut: false, complete: false });
    });
  });

  test("whose server does not read accounts for each message: it left, or it is lost", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      const events = new EventLog(nc);
      await sent();
      peer.pause();
      let count = 0;
      for (; nc.pendingBytes < 20_000_000; count++) {
        nc.publish("a", BULK);
        if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const { lost, unconfirmed, complete } = await nc.drain({ timeout: 20 });
      expect(lost).toBeGreaterThan(1000);
      expect(lost + unconfirmed).toBe(count);
      expect(complete).toBe(false);
      expect((await events.wait("closed")).lost.messages).toBe(lost);
    });
  });

  test("without a link counts all that waits for one", async () => {
    await onTheWire(
      async ({ nc, peer, sent }) => {
        const events = new EventLog(nc);
        await sent();
        peer.destroy();
        await events.wait("disconnected");
        for (let i = 0; i < 1000; i++) nc.publish("a");
        expect(await nc.drain()).toEqual({
          handled: 0,
          abandoned: 0,
          lost: 1000,
          unconfirmed: 0,
          timedOut: false,
          complete: false,
        });
      },
      { reconnect: { delay: 3_600_000, maxDelay: 3_600_000, delayHandler: () => 3_600_000 } },
    );
  });

  test("does not count what a server had confirmed before the link was lost", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      for (let i = 0; i < 3; i++) nc.publish("a");
      await sent();
      const drained = nc.drain();
      while ((await peer.readLine()) !== "PING");
      peer.destroy();
      expect(await drained).toMatchObject({ lost: 0, unconfirmed: 0, complete: true });
    });
  });
});
