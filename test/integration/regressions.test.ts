import { describe, expect, test } from "vitest";
import { connect, type Connection, type Dial } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure, thrown } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { needs, useServer, withServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { dialByHand } from "../support/socket-transport.ts";

const access = useServer();

describe("close() [R26] [CONC-03]", () => {
  /** Closes in this state; all that waits ends, the code behind the loop over events runs, nothing is left. */
  async function closesIn(nc: Connection): Promise<void> {
    const log: string[] = [];
    const reading = (async () => {
      for await (const event of nc.events()) log.push(event.type);
      log.push("after the loop");
    })();
    await nc.close();
    await reading;
    expect(log.slice(-2)).toEqual(["closed", "after the loop"]);
    expect(nc.state).toBe("closed");
  }

  needs("a dialler or listener for TCP")("while dialling gives the dial up", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    let dials = 0;
    let aborted = false;
    const dial: Dial = (address, context) => {
      if (++dials === 1) return dialByHand(address, context);
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener("abort", () => {
          aborted = true;
          reject(context.signal.reason as Error);
        });
      });
    };
    await expectNoLeak(async () => {
      const nc = await connect({ servers: server.url, dial, timeout: NEVER });
      server.peers[0]!.destroy();
      await expect.poll(() => dials).toBe(2);
      await closesIn(nc);
    });
    expect(aborted).toBe(true);
  });

  needs("TLS after INFO")("in a TLS handshake ends its socket", async () => {
    await using server = await ScriptedServer.start((peer) => {
      if (peer.number === 1) return acceptAll()(peer);
      // Then it waits for a ClientHello, which it does not answer.
      peer.sendInfo({ tls_required: true });
    });
    await expectNoLeak(async () => {
      const nc = await connect({ servers: server.url, timeout: NEVER });
      server.peers[0]!.destroy();
      const stalled = await server.peer(2);
      await expect.poll(() => stalled.received.length).toBeGreaterThan(0);
      expect(stalled.received).not.toContain("CONNECT");
      await closesIn(nc);
      await stalled.closed;
    });
  });

  test("while credentials are awaited does not wait for them", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    let asked = 0;
    const token = (): string | Promise<string> => (++asked === 1 ? "t" : new Promise(() => undefined));
    await expectNoLeak(async () => {
      const nc = await connect({ servers: server.url, token, timeout: NEVER });
      server.peers[0]!.destroy();
      await expect.poll(() => asked).toBe(2);
      await closesIn(nc);
    });
    expect(server.connections).toBe(1);
  });

  test("while draining cuts that short [R27]", async () => {
    await expectNoLeak(async () => {
      const nc = await connect(access.url);
      const gate = new Gate();
      nc.subscribe("work", { callback: () => gate.opened });
      publishNumbers(nc, "work", 5);
      await nc.flush();
      const draining = nc.drain({ timeout: NEVER });
      expect(nc.state).toBe("draining");
      await Promise.all([closesIn(nc), nc.close()]);
      const { abandoned } = await draining;
      // The one that is being handled may count as handled or not; nobody sees the others.
      expect(abandoned).toBeGreaterThanOrEqual(4);
      gate.open();
    });
  });

  test("while it moves to another server leaves neither link", async () => {
    await using other = await ScriptedServer.start((peer) => peer.sendInfo());
    await expectNoLeak(async () => {
      const nc = await connect({ servers: access.url, timeout: NEVER });
      nc.setServers(other.url);
      const moving = failure(nc.reconnect());
      await other.peer(1);
      await closesIn(nc);
      expect((await moving).name).toMatch(/^(AbortError|ConnectionError)$/);
      await other.peers[0]!.closed;
    });
  });

  test("twice, while disconnected, settles both calls", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    await expectNoLeak(async () => {
      const nc = await connect({ servers: server.url, reconnect: { delay: NEVER, maxDelay: NEVER } });
      const log = new EventLog(nc);
      await server.stop();
      await log.wait("disconnected");
      await Promise.all([closesIn(nc), nc.close(), nc.close()]);
    });
  });
});

describe("the wait for the first message", () => {
  test("ends with it: no timer of it is left [R55]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("greet");
    await nc.flush();
    await expectNoLeak(async () => {
      const waiting = sub.next({ timeout: NEVER });
      nc.publish("greet", "hello");
      expect((await waiting).string()).toBe("hello");
    });
  });

  test("ends with TIMEOUT without one, and the subscription goes on [R55]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("greet");
    expect(await failure(sub.next({ timeout: 20 }))).toMatchObject({ code: "TIMEOUT", subject: "greet" });
    nc.publish("greet", "later");
    expect((await sub.next({ timeout: NEVER })).string()).toBe("later");
  });
});

describe("everything that can be looped over ends", () => {
  test.each(["drain", "close"] as const)("with nc.%s() [R74]", async (end) => {
    const nc = await connect(access.url);
    const subs = Array.from({ length: 4 }, () => nc.subscribe("work"));
    const reader = subs[2]!.readable().getReader();
    const over = async (loop: AsyncIterable<unknown>): Promise<string> => {
      const seen: unknown[] = [];
      try {
        for await (const one of loop) seen.push(one);
        return `ended after ${seen.length}`;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const loops = [
      over(subs[0]!),
      over(subs[1]!.batches()),
      reader.closed.then(
        () => "ended",
        (error: { code: string }) => error.code,
      ),
      failure(subs[3]!.next()).then(({ code }) => code),
    ];
    const reading = reader.read();
    const events = over(nc.events());
    await nc.flush();
    await nc[end]();
    await reading.catch(() => undefined);
    const results = await Promise.all(loops);
    if (end === "drain") {
      expect(results).toEqual(["ended after 0", "ended after 0", "ended", "SUBSCRIPTION_CLOSED"]);
    } else {
      expect(results.slice(2)).toEqual(["ended", "CONNECTION_CLOSED"]);
      for (const result of results.slice(0, 2)) expect(result).toMatch(/^(ended after 0|CONNECTION_CLOSED)$/);
    }
    expect(await events).toBe("ended after 1");
  });
});

describe("100 requests in flight", () => {
  test("fail at once when the server is killed; answers that come after the reconnect go to nobody [R60]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      await using responder = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const [log, other] = [new EventLog(nc), new EventLog(responder)];
      const replies: string[] = [];
      responder.subscribe("slow", { callback: (m) => void replies.push(m.reply!) });
      await responder.flush();
      const failures = Array.from({ length: 100 }, (_, i) =>
        failure(nc.request("slow", String(i), { timeout: NEVER, ownInbox: i % 2 === 1 })),
      );
      await expect.poll(() => replies.length).toBe(100);
      await server.kill();
      for (const error of await Promise.all(failures)) {
        expect(error).toMatchObject({ code: "DISCONNECTED", subject: "slow", sent: true });
      }
      await server.restart();
      await Promise.all([log.wait("reconnected"), other.wait("reconnected")]);
      await nc.flush();
      const next = nc.request("slow", "next", { timeout: NEVER });
      await expect.poll(() => replies.length).toBe(101);
      for (const reply of replies.slice(0, 100)) responder.publish(reply, "late");
      responder.publish(replies[100]!, "right");
      expect((await next).string()).toBe("right");
      expect(log.of("error")).toEqual([]);
    });
  });
});

describe("after close()", () => {
  test("publishing and responding throw, from a handler that is still at work too [R75]", async () => {
    const nc = await connect(access.url);
    const gate = new Gate();
    const codes: string[] = [];
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    nc.subscribe("work", {
      callback: async (m) => {
        await gate.opened;
        codes.push(thrown(() => m.respond("late")).code, thrown(() => nc.publish("a")).code);
        finish();
      },
    });
    nc.publish("work", "", { reply: "r" });
    await nc.flush();
    await nc.close();
    gate.open();
    await finished;
    expect(codes).toEqual(["CONNECTION_CLOSED", "CONNECTION_CLOSED"]);
  });
});
