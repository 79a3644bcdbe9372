import { describe, expect, test } from "vitest";
import { onTheWire } from "./wire.ts";

describe("subscribe", () => {
  test("sends SUB with a rising number [WIRE-02] [SUB-05]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      nc.subscribe("foo");
      nc.subscribe("foo.*", { callback: () => undefined });
      nc.subscribe("größe.>");
      expect(await sent()).toBe("SUB foo 1\r\nSUB foo.* 2\r\nSUB größe.> 3\r\n");
    });
  });

  test("never uses a number again [SUB-05]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      nc.subscribe("a").unsubscribe();
      nc.subscribe("a");
      expect(await sent()).toBe("SUB a 1\r\nUNSUB 1\r\nSUB a 2\r\n");
    });
  });

  test("names the queue group, if there is one [WIRE-02] [SUB-04]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      nc.subscribe("foo", { queue: "workers" });
      nc.subscribe("foo", { queue: "" });
      expect(await sent()).toBe("SUB foo workers 1\r\nSUB foo 2\r\n");
    });
  });

  test("with max sends UNSUB with it right behind [WIRE-03] [SUB-31]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      nc.subscribe("foo", { max: 5 });
      nc.subscribe("foo", { queue: "q", max: 1 });
      expect(await sent()).toBe("SUB foo 1\r\nUNSUB 1 5\r\nSUB foo q 2\r\nUNSUB 2 1\r\n");
    });
  });

  test("goes out in order with what is published [BUF-13]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      nc.publish("a", "1");
      nc.subscribe("a");
      nc.publish("a", "2");
      expect(await sent()).toBe("PUB a 1\r\n1\r\nSUB a 1\r\nPUB a 1\r\n2\r\n");
    });
  });

  test("sends nothing that is refused [SUB-02] [SUB-03] [SUB-04]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      for (const subject of ["", "a b", "a..b", ".a", "a\r\n", "a.>.b"]) {
        expect(() => nc.subscribe(subject)).toThrow("invalid subject");
      }
      expect(() => nc.subscribe("a", { queue: "a b" })).toThrow("invalid queue group");
      expect(() => nc.subscribe("a", { max: 0 })).toThrow("max");
      nc.subscribe("a");
      expect(await sent()).toBe("SUB a 1\r\n");
    });
  });

  test("tells the server nothing lasting for a signal that has aborted before", async () => {
    await onTheWire(async ({ nc, sent }) => {
      const sub = nc.subscribe("a", { signal: AbortSignal.abort() });
      expect(sub.state).toBe("closed");
      expect(["", "SUB a 1\r\nUNSUB 1\r\n"]).toContain(await sent());
    });
  });
});

describe("unsubscribe", () => {
  test("sends UNSUB, once [WIRE-03] [SUB-21]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      const sub = nc.subscribe("a");
      await sent();
      sub.unsubscribe();
      sub.unsubscribe();
      expect(await sent()).toBe("UNSUB 1\r\n");
    });
  });

  test("with a maximum sends it, each time that it changes [SUB-31] [SUB-34]", async () => {
    await onTheWire(async ({ nc, sent }) => {
      const sub = nc.subscribe("a");
      await sent();
      sub.unsubscribe(10);
      sub.unsubscribe(5);
      expect(await sent()).toBe("UNSUB 1 10\r\nUNSUB 1 5\r\n");
    });
  });

  test("with a maximum that has been reached sends a plain UNSUB [SUB-32]", async () => {
    await onTheWire(async ({ nc, sent, receive }) => {
      const sub = nc.subscribe("a");
      await receive("MSG a 1 0\r\n\r\n".repeat(3));
      sub.unsubscribe(3);
      expect(await sent()).toBe("UNSUB 1\r\n");
    });
  });

  test("is not sent when the maximum is reached: the server has done it by itself [SUB-36]", async () => {
    await onTheWire(async ({ nc, sent, receive }) => {
      const seen: string[] = [];
      const sub = nc.subscribe("a", { max: 2, callback: (m) => void seen.push(m.string()) });
      await sent();
      // A third one may come all the same: the client keeps count too (SUB-35).
      expect(await receive("MSG a 1 1\r\n1\r\nMSG a 1 1\r\n2\r\nMSG a 1 1\r\n3\r\n")).toBe("");
      expect(seen).toEqual(["1", "2"]);
      expect(sub.state).toBe("closed");
      sub.unsubscribe();
      expect(await sent()).toBe("");
    });
  });

  test("is sent by leaving a loop, and by a signal", async () => {
    await onTheWire(async ({ nc, sent, receive }) => {
      const controller = new AbortController();
      const sub = nc.subscribe("a");
      nc.subscribe("b", { signal: controller.signal });
      await receive("MSG a 1 0\r\n\r\n");
      for await (const _ of sub) break;
      expect(await sent()).toBe("UNSUB 1\r\n");
      controller.abort();
      expect(await sent()).toBe("UNSUB 2\r\n");
    });
  });
});

describe("drain", () => {
  test("of a subscription sends UNSUB and PING, and takes what comes before the PONG [DRAIN-02] [DRAIN-05]", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      const seen: string[] = [];
      const sub = nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
      await sent();
      const drained = sub.drain();
      expect([await peer.readLine(), await peer.readLine()]).toEqual(["UNSUB 1", "PING"]);
      peer.send("MSG a 1 4\r\nlate\r\nPONG\r\n");
      expect(await drained).toEqual({ handled: 1, abandoned: 0, timedOut: false, complete: true });
      expect(seen).toEqual(["late"]);
      expect(await sent()).toBe("UNSUB 1\r\nPING\r\n");
    });
  });

  test.each([
    [100, ["1", "2", "3"], "drained"],
    [2, ["1", "2"], "max"],
  ] as const)(
    "of a subscription may get a maximum of %i: what is on its way still comes, up to that [SUB-30] [DRAIN-05]",
    async (max, handled, reason) => {
      await onTheWire(async ({ nc, peer, sent }) => {
        const seen: string[] = [];
        const sub = nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
        await sent();
        const drained = sub.drain();
        sub.unsubscribe(max);
        expect([sub.state, sub.max]).toEqual(["draining", max]);
        expect([await peer.readLine(), await peer.readLine()]).toEqual(["UNSUB 1", "PING"]);
        peer.send("MSG a 1 1\r\n1\r\nMSG a 1 1\r\n2\r\nMSG a 1 1\r\n3\r\nPONG\r\n");
        expect(await drained).toEqual({
          handled: handled.length,
          abandoned: 0,
          timedOut: false,
          complete: true,
        });
        expect(await sub.closed).toEqual({ reason, abandoned: 0 });
        expect(seen).toEqual(handled);
        expect(await sent()).toBe("UNSUB 1\r\nPING\r\n");
      });
    },
  );

  test("of a connection allows a flush in both its phases [FLUSH-10]", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      nc.subscribe("a");
      await sent();
      const drained = nc.drain();
      expect([await peer.readLine(), await peer.readLine()]).toEqual(["UNSUB 1", "PING"]);
      const first = nc.flush();
      expect(await peer.readLine()).toBe("PING");
      expect(() => nc.publish("b")).not.toThrow();
      expect([await peer.readLine(), await peer.readLine()]).toEqual(["PUB b 0", ""]);
      peer.send("PONG\r\nPONG\r\n");
      await first;
      expect(await peer.readLine()).toBe("PING");
      expect(() => nc.publish("b")).toThrow("draining");
      const second = nc.flush();
      expect(await peer.readLine()).toBe("PING");
      peer.send("PONG\r\nPONG\r\n");
      await second;
      expect(await drained).toMatchObject({ handled: 0, lost: 0, timedOut: false, complete: true });
    });
  });

  test("of a connection: first the subscriptions, then what handlers published, then a last PING [SC-30]", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      nc.subscribe("a", { callback: (m) => m.respond("done") });
      nc.subscribe("b");
      await sent();
      const drained = nc.drain();
      expect([
        await peer.readLine(),
        await peer.readLine(),
        await peer.readLine(),
        await peer.readLine(),
      ]).toEqual(["UNSUB 1", "PING", "UNSUB 2", "PING"]);
      expect(() => nc.subscribe("c")).toThrow("draining");
      peer.send("MSG a 1 re.ply 0\r\n\r\nPONG\r\nPONG\r\n");
      expect([await peer.readLine(), await peer.readLine(), await peer.readLine()]).toEqual([
        "PUB re.ply 4",
        "done",
        "PING",
      ]);
      expect(() => nc.publish("c")).toThrow("draining");
      peer.send("PONG\r\n");
      expect(await drained).toMatchObject({ handled: 1, abandoned: 0, lost: 0, complete: true });
      await peer.closed;
    });
  });
});
