import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { groupNeeds, useServer } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { type Mischief, onWrite, UnrulyDial } from "../support/unruly-dial.ts";

const broken = (): never => {
  throw new Error("the tunnel broke");
};

groupNeeds("a dialler or listener for TCP")("a transport of the application's own", () => {
  const access = useServer();

  test.each<[string, Mischief]>([
    ["tells its end from within a write", onWrite("SUB ", (tell) => tell.onClose())],
    ["tells its end from within a write that it takes on", onWrite("SUB ", (tell) => tell.onClose(), false)],
    ["throws from within a write", onWrite("SUB ", broken)],
    [
      "drains and ends from within a write",
      onWrite(
        "SUB ",
        (tell) => {
          tell.onDrain();
          tell.onClose(new Error("full"));
          tell.onDrain();
        },
        false,
      ),
    ],
  ])(
    "that %s, while it is attached, is a lost link: the next one is made [DIAL-06]",
    async (_how, mischief) => {
      await expectNoLeak(async () => {
        const network = new UnrulyDial(2, mischief);
        const { dial } = network;
        await using nc = await connect({ servers: access.url, dial, reconnect: QUICK_RECONNECT });
        const log = new EventLog(nc);
        const got: string[] = [];
        nc.subscribe("unruly.a", { callback: (m) => void got.push(m.string()) });
        await nc.flush();
        network.lose(1);
        await log.wait("reconnected", 2);
        nc.publish("unruly.a", "1");
        await nc.flush();
        expect(log.types.filter((type) => type !== "reconnecting")).toEqual([
          "disconnected",
          "reconnected",
          "disconnected",
          "reconnected",
        ]);
        expect({ got, server: nc.server, dials: network.count }).toEqual({
          got: ["1"],
          server: access.url,
          dials: 3,
        });
      });
    },
  );

  test("that throws from within the write of a publish does not throw out of it [DIAL-06]", async () => {
    await expectNoLeak(async () => {
      const network = new UnrulyDial(1, onWrite("PUB unruly.b", broken));
      const { dial } = network;
      await using nc = await connect({ servers: access.url, dial, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      nc.publish("unruly.b", "1");
      const { error, unsent } = await log.wait("disconnected");
      expect(error).toMatchObject({ code: "DISCONNECTED", cause: { message: "the tunnel broke" } });
      expect(unsent.messages).toBe(1);
      await log.wait("reconnected");
    });
  });

  test("that drains after it has ended does not free what the next one holds [DIAL-06]", async () => {
    let drainLate = (): void => undefined;
    const network = new UnrulyDial(1, (_transport, tell) => {
      drainLate = () => tell.onDrain();
      return {};
    });
    // The second takes one write, and keeps its memory.
    let written = 0;
    const second = new UnrulyDial(1, (transport) => ({
      write: (chunk) => {
        written++;
        transport.write(chunk);
        return false;
      },
    }));
    let dials = 0;
    await using nc = await connect({
      servers: access.url,
      dial: (address, context) => (++dials === 1 ? network : second).dial(address, context),
      reconnect: QUICK_RECONNECT,
      disposeTimeout: 0,
    });
    const log = new EventLog(nc);
    network.lose(1);
    await log.wait("reconnected");
    nc.publish("unruly.c", "1");
    await expect.poll(() => written).toBe(1);
    drainLate();
    nc.publish("unruly.c", "2");
    await expect.poll(() => nc.pendingBytes).toBeGreaterThan(0);
    expect(written).toBe(1);
  });

  test.each<[string, Mischief]>([
    ["throws from within listen()", () => ({ listen: broken })],
    ["tells its end from within listen()", (_transport, tell) => ({ listen: () => tell.onClose() })],
    ["throws from within the write of the handshake", onWrite("CONNECT ", broken)],
    ["tells its end from within the write of the handshake", onWrite("CONNECT ", (tell) => tell.onClose())],
  ])("that %s fails the attempt, and leaves nothing [DIAL-06]", async (_how, mischief) => {
    await expectNoLeak(async () => {
      const { dial } = new UnrulyDial(1, mischief);
      const error = await failure(connect({ servers: access.url, dial, reconnect: false }));
      expect(error).toMatchObject({ code: "DISCONNECTED", server: access.url });
    });
  });

  test.each([10, 5000, 70_000])(
    "that publishes from within a write breaks neither the order nor a message (%i bytes)",
    async (size) => {
      let count = 0;
      const published = () => String(count++).padEnd(size);
      const network = new UnrulyDial(1, (transport) => {
        const writeAll = (chunks: readonly Uint8Array[]): boolean => {
          if (count > 0 && count < 100) nc.publish("unruly.b", published());
          return transport.writeAll(chunks);
        };
        return { writeAll, write: (chunk) => writeAll([chunk]) };
      });
      await using nc = await connect({ servers: access.url, dial: network.dial });
      const got: number[] = [];
      nc.subscribe("unruly.b", { callback: (m) => void got.push(Number(m.string())) });
      await nc.flush();
      for (let i = 0; i < 100; i++) {
        nc.publish("unruly.b", published());
        if (i % 5 === 0) await nc.flush();
      }
      await nc.flush();
      expect(got).toEqual(Array.from({ length: count }, (_, i) => i));
    },
  );

  test("that throws from within destroy(), or ends then, is given up all the same [DIAL-06]", async () => {
    for (const throws of [true, false]) {
      const network = new UnrulyDial(1, (transport, tell) => ({
        destroy: () => {
          transport.destroy();
          if (throws) broken();
          else tell.onClose();
        },
      }));
      const nc = await connect({ servers: access.url, dial: network.dial, reconnect: false });
      network.lose(1);
      expect(await nc.closed()).toMatchObject({ code: "DISCONNECTED" });
    }
  });

  test("whose end() never ends is destroyed in the end [DIAL-06] [CLOSE-04]", async () => {
    await expectNoLeak(async () => {
      const { dial } = new UnrulyDial(1, () => ({ end: () => new Promise(() => undefined) }));
      const nc = await connect({ servers: access.url, dial });
      await nc.close();
      expect(await nc.closed()).toBeUndefined();
    });
  });
});
