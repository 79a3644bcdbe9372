import { describe, expect, test } from "vitest";
import { connect, type ConnectOptions, type Connection } from "../../src/index.ts";
import type { ScriptedPeer } from "../support/scripted-peer.ts";
import { type Wire, withScript, wireOf } from "./wire.ts";

const AGAIN = { servers: "", reconnect: { delay: 1, maxDelay: 1 } };

/**
 * A connection that loses its first link and gets a second: `before` has the first, `between` runs while there is
 * none. Returns all that went out on the second behind the handshake.
 */
async function afterOutage(
  before: (wire: Wire) => Promise<void>,
  between: (nc: Connection) => Promise<void> | void,
  options: ConnectOptions = {},
): Promise<string> {
  let resume = (): void => undefined;
  const resumed = new Promise<void>((resolve) => {
    resume = resolve;
  });
  const script = async (peer: ScriptedPeer): Promise<void> => {
    if (peer.number > 1) await resumed;
    await peer.accept();
  };
  let sent = "";
  await withScript(script, async (server) => {
    const nc = await connect({ ...AGAIN, ...options, servers: server.url });
    const first = await server.peer(1);
    await before(wireOf(nc, first));
    const lost = new Promise((resolve) => nc.on("disconnected", resolve));
    const found = new Promise((resolve) => nc.on("reconnected", resolve));
    first.destroy();
    await lost;
    await between(nc);
    resume();
    await found;
    const second = await server.peer(2);
    const handshake = second.received.indexOf("PING\r\n") + "PING\r\n".length;
    await wireOf(nc, second).sent();
    sent = second.received.slice(handshake, -"PING\r\n".length);
    await nc.close();
  });
  return sent;
}

describe("a new link", () => {
  test("is told of all subscriptions by their old numbers, then gets what was published meanwhile [RECON-23] [RECON-24] [RECON-27] [SC-16]", async () => {
    const wire = await afterOutage(
      async ({ nc, sent }) => {
        nc.subscribe("kept", { queue: "q" });
        nc.subscribe("left").unsubscribe();
        nc.subscribe("also.kept");
        await sent();
      },
      (nc) => {
        nc.publish("a", "1");
        nc.subscribe("new");
        nc.subscribe("new.and.left").unsubscribe();
        nc.publish("b", "2", { reply: "r" });
      },
    );
    expect(wire).toBe("SUB kept q 1\r\nSUB also.kept 3\r\nSUB new 4\r\nPUB a 1\r\n1\r\nPUB b r 1\r\n2\r\n");
  });

  test("is not told of subscriptions that were unsubscribed meanwhile [RECON-27] [SC-16]", async () => {
    let unsubscribe = (): void => undefined;
    const wire = await afterOutage(
      async ({ nc, sent }) => {
        const sub = nc.subscribe("a");
        nc.subscribe("b");
        unsubscribe = () => sub.unsubscribe();
        await sent();
      },
      () => unsubscribe(),
    );
    expect(wire).toBe("SUB b 2\r\n");
  });

  test("is told what is left of a maximum, and nothing of one that is used up [RECON-25] [RECON-26] [SC-17]", async () => {
    const wire = await afterOutage(
      async ({ nc, sent, receive }) => {
        nc.subscribe("a", { max: 10, callback: () => undefined });
        nc.subscribe("b", { max: 1, callback: () => undefined });
        await sent();
        await receive(`${"MSG a 1 0\r\n\r\n".repeat(5)}MSG b 2 0\r\n\r\n`);
      },
      () => undefined,
    );
    expect(wire).toBe("SUB a 1\r\nUNSUB 1 5\r\n");
  });

  test("is told of a maximum that was set meanwhile [SUB-31]", async () => {
    let limit = (): void => undefined;
    const wire = await afterOutage(
      async ({ nc, sent, receive }) => {
        const sub = nc.subscribe("a", { callback: () => undefined });
        limit = () => sub.unsubscribe(3);
        await sent();
        await receive("MSG a 1 0\r\n\r\n");
      },
      () => limit(),
    );
    expect(wire).toBe("SUB a 1\r\nUNSUB 1 2\r\n");
  });

  test("is not told of a subscription that is being drained [RECON-28]", async () => {
    const handled: Promise<unknown>[] = [];
    const wire = await afterOutage(
      async ({ nc, peer, sent }) => {
        let release = (): void => undefined;
        const gate = new Promise<void>((resolve) => {
          release = resolve;
        });
        const sub = nc.subscribe("a", { callback: () => gate });
        nc.subscribe("b");
        await sent();
        peer.send("MSG a 1 0\r\n\r\n");
        handled.push(sub.drain());
        await peer.expect("UNSUB");
        nc.on("reconnected", release);
      },
      () => undefined,
    );
    expect(wire).toBe("SUB b 2\r\n");
    await Promise.all(handled);
  });

  test("gets the PING of a flush that was asked for meanwhile, in order [BUF-08] [FLUSH-07]", async () => {
    let resume = (): void => undefined;
    const resumed = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const script = async (peer: ScriptedPeer): Promise<void> => {
      if (peer.number > 1) await resumed;
      await peer.accept();
      if (peer.number === 1) {
        peer.destroy();
        return;
      }
      const lines = [];
      for (let i = 0; i < 5; i++) lines.push(await peer.readLine());
      expect(lines).toEqual(["PUB a 1", "1", "PING", "PUB a 1", "2"]);
      peer.send("PONG\r\n");
    };
    await withScript(script, async (server) => {
      const nc = await connect({ ...AGAIN, servers: server.url });
      await new Promise((resolve) => nc.on("disconnected", resolve));
      nc.publish("a", "1");
      const flushed = nc.flush({ timeout: 20_000 });
      nc.publish("a", "2");
      resume();
      await flushed;
      await server.done();
      await nc.close();
    });
  });

  test.each(["drop", "throw"] as const)(
    "gets nothing of what was published meanwhile with %j",
    async (whileDisconnected) => {
      const wire = await afterOutage(
        async () => {},
        (nc) => {
          const publish = (): void => nc.publish("a", "1");
          if (whileDisconnected === "throw") expect(publish).toThrow("no link");
          else publish();
          expect(nc.stats().outDropped).toBe(whileDisconnected === "drop" ? 1 : 0);
        },
        { whileDisconnected },
      );
      expect(wire).toBe("");
    },
  );

  test("brings the response to a request that was sent before, if it may wait [RECON-06] [SC-14]", async () => {
    const script = async (peer: ScriptedPeer): Promise<void> => {
      await peer.accept();
      if (peer.number === 1) {
        await peer.expect("SUB");
        reply = (await peer.expect("PUB")).split(" ")[2]!;
        peer.destroy();
        return;
      }
      expect(await peer.expect("SUB")).toBe(`SUB ${reply.slice(0, -8)}* 1`);
      peer.send(`MSG ${reply} 1 2\r\nhi\r\n`);
    };
    let reply = "";
    await withScript(script, async (server) => {
      const nc = await connect({ ...AGAIN, servers: server.url });
      const response = await nc.request("a", "", { onDisconnect: "wait", timeout: 20_000 });
      expect(response.string()).toBe("hi");
      await nc.close();
      await server.done();
    });
  });
});
