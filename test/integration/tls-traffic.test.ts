import { randomFillSync } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, type ConnectOptions, type Connection } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { type RunningServer, TLS_BEGINNINGS, withServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { byName, PATIENT, useTls } from "../support/tls-server.ts";

const MIB = 1024 * 1024;
const LIMIT = { timeout: 25_000 };
const made = useTls();

/** A server with TLS that takes large messages and has patience with slow readers, for the time that `body` takes. */
async function withTls(
  first: boolean,
  body: (server: RunningServer, open: (options?: ConnectOptions) => Promise<Connection>) => Promise<void>,
): Promise<void> {
  const more = `max_payload: ${8 * MIB}\nmax_pending: ${512 * MIB}`;
  const config = made.setup.config({ tls: first ? "handshake_first: true" : "", more });
  await withServer({ config }, async (server) => {
    const tls = made.setup.trust(first ? { handshakeFirst: true } : {});
    await body(server, (options = {}) => connect({ ...PATIENT, servers: byName(server), tls, ...options }));
  });
}

/** Reads numbers on a connection of its own, and expects each to be the next. */
async function countNumbers(
  nc: Connection,
  subject: string,
): Promise<{ expectAll: (n: number) => Promise<void> }> {
  let received = 0;
  let wrong: string | undefined;
  nc.subscribe(subject, {
    callback: (message) => {
      const text = message.string();
      if (Number.parseInt(text, 10) !== received) wrong ??= `${text.slice(0, 10)} as ${received}`;
      received++;
    },
  });
  await nc.flush(PATIENT);
  return {
    expectAll: async (count) => {
      await expect.poll(() => received, LIMIT).toBe(count);
      expect(wrong).toBeUndefined();
    },
  };
}

describe.each<readonly [string, boolean]>(TLS_BEGINNINGS)("over TLS by %s", (_flow, first) => {
  test("payloads of 8 MiB pass unharmed both ways [R80]", async () => {
    await withTls(first, async (_server, open) => {
      await using asker = await open();
      await using answerer = await open();
      answerer.subscribe("large", { callback: (message) => message.respond(message.data) });
      await answerer.flush(PATIENT);
      expect(asker.info?.maxPayload).toBe(8 * MIB);
      const payloads = [0, 1, 2].map(() => randomFillSync(Buffer.alloc(8 * MIB)));
      const answers = await Promise.all(payloads.map((payload) => asker.request("large", payload, PATIENT)));
      answers.forEach(({ data }, i) => expect(payloads[i]!.equals(data)).toBe(true));
    });
  });

  test("100,000 small messages arrive in order", async () => {
    await withTls(first, async (_server, open) => {
      await using receiver = await open();
      await using nc = await open();
      const numbers = await countNumbers(receiver, "n");
      for (let i = 0; i < 100_000; i++) nc.publish("n", String(i));
      await nc.flush(PATIENT);
      // As below.
      await eventually(() => expect(nc.pendingBytes).toBe(0));
      await numbers.expectAll(100_000);
    });
  });

  test("drain() loses nothing, neither way", async () => {
    await withTls(first, async (_server, open) => {
      await using receiver = await open();
      const numbers = await countNumbers(receiver, "out");
      await using feeder = await open();
      await expectNoLeak(async () => {
        const nc = await open();
        const log = new EventLog(nc);
        let processed = 0;
        nc.subscribe("in", { callback: () => void processed++ });
        await nc.flush(PATIENT);
        for (let i = 0; i < 20_000; i++) feeder.publish("in", String(i));
        await feeder.flush(PATIENT);
        for (let i = 0; i < 100_000; i++) nc.publish("out", String(i));
        await nc.drain(PATIENT);
        expect(processed).toBe(20_000);
        expect(await log.wait("closed")).toMatchObject({ error: undefined, lost: { messages: 0, bytes: 0 } });
      });
      await numbers.expectAll(100_000);
    });
  });

  test("close() lets what was published leave", async () => {
    await withTls(first, async (_server, open) => {
      await using receiver = await open();
      const numbers = await countNumbers(receiver, "n");
      let count = 0;
      for (const size of [0, 100, 10_000]) {
        await expectNoLeak(async () => {
          const nc = await open();
          const log = new EventLog(nc);
          for (let i = 0; i < 20; i++) nc.publish("n", String(count++).padEnd(size));
          await nc.close();
          expect(await log.wait("closed")).toMatchObject({ lost: { messages: 0, bytes: 0 } });
        });
      }
      await numbers.expectAll(count);
    });
  });

  test("a server that stops reading makes pendingBytes grow and ready() wait, and nothing is lost [R33] [BUF-18]", async () => {
    await withTls(first, async (server, open) => {
      await using receiver = await open();
      const numbers = await countNumbers(receiver, "n");
      await using proxy = await Proxy.start(server.port);
      await using nc = await open({ servers: byName(proxy), highWaterMark: MIB });
      await nc.flush(PATIENT);
      proxy.stall("up");
      let count = 0;
      const publish = (size: number): void => nc.publish("n", String(count++).padEnd(size));
      for (let i = 0; i < 32_000; i++) {
        publish(1024);
        if (i % 100 === 0) await turn();
      }
      const waiting = nc.pendingBytes;
      expect(waiting).toBeGreaterThan(8 * MIB);
      let isReady = false;
      const ready = nc.ready(PATIENT).then(() => (isReady = true));
      publish(MIB);
      expect(nc.pendingBytes).toBeGreaterThan(waiting + MIB);
      await turn();
      expect(isReady).toBe(false);

      proxy.resume();
      await ready;
      expect(nc.pendingBytes).toBeLessThanOrEqual(MIB);
      await nc.flush(PATIENT);
      // The answer to a PING of the server may still be on its way out.
      await eventually(() => expect(nc.pendingBytes).toBe(0));
      await numbers.expectAll(count);
    });
  });
});
