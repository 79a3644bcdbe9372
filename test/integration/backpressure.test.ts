import { execFile } from "node:child_process";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { BUILT_CLIENT, ROOT } from "../support/built-client.ts";
import { acceptAll, answerPings } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { failure, thrown } from "../support/failure.ts";
import { needs, useServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const MIB = 1024 * 1024;
const access = useServer({ config: "max_pending: 536870912" });

/** Reads on a connection of its own what comes on `flood`, and checks that each message carries the next number. */
class NumberReader implements AsyncDisposable {
  readonly #connection: Connection;
  received = 0;
  firstWrong: string | undefined;

  private constructor(connection: Connection) {
    this.#connection = connection;
    connection.subscribe("flood", {
      callback: (message) => {
        const text = message.string();
        if (Number.parseInt(text, 10) !== this.received)
          this.firstWrong ??= `${text.slice(0, 10)} as ${this.received}`;
        this.received++;
      },
    });
  }

  static async start(): Promise<NumberReader> {
    const reader = new NumberReader(await connect(access.url));
    await reader.#connection.flush();
    return reader;
  }

  async expectAll(count: number): Promise<void> {
    await expect.poll(() => this.received, { timeout: 20_000 }).toBe(count);
    expect(this.firstWrong).toBeUndefined();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}

/** A payload that begins with its number. */
function numbered(i: number, size: number): string {
  return String(i).padEnd(size);
}

describe("a loop that publishes without a pause", () => {
  test.each([
    [300_000, 8],
    [20_000, 1024],
    [40, 512 * 1024],
  ])("is sent completely and in order: %i messages of %i bytes [BUF-13] [R33]", async (count, size) => {
    await using reader = await NumberReader.start();
    await using nc = await connect(access.url);
    for (let i = 0; i < count; i++) nc.publish("flood", numbered(i, size));
    expect(nc.stats().outMessages).toBe(count);
    await nc.flush({ timeout: 20_000 });
    // The answer to a PING of the server may still be on its way out.
    await eventually(() => expect(nc.pendingBytes).toBe(0));
    await reader.expectAll(count);
  });

  test("is sent completely and in order also as bytes that are used again for each message [BUF-12]", async () => {
    await using reader = await NumberReader.start();
    await using nc = await connect(access.url);
    const bytes = Buffer.alloc(20);
    for (let i = 0; i < 100_000; i++) {
      bytes.write(String(i).padEnd(20));
      nc.publish("flood", bytes);
    }
    await reader.expectAll(100_000);
  });

  test("is sent completely and in order when it awaits ready() before each message", async () => {
    await using reader = await NumberReader.start();
    await using nc = await connect({ servers: access.url, highWaterMark: 64 * 1024 });
    for (let i = 0; i < 100_000; i++) {
      await nc.ready();
      nc.publish("flood", numbered(i, 100));
    }
    await reader.expectAll(100_000);
  });

  test("that awaits ready() never has much more than the high-water mark waiting", async () => {
    await using nc = await connect({ servers: access.url, highWaterMark: MIB });
    let most = 0;
    for (let i = 0; i < 20_000; i++) {
      await nc.ready();
      nc.publish("flood", numbered(i, 4096));
      most = Math.max(most, nc.pendingBytes);
    }
    expect(most).toBeLessThan(2 * MIB);
    await nc.flush();
  });
});

describe("a server that stops reading", () => {
  /** Connects by a proxy that forwards nothing from then on. */
  async function stalled(
    options: { maxPendingBytes?: number; highWaterMark?: number; disposeTimeout?: number },
    body: (nc: Connection, proxy: Proxy, reader: NumberReader) => Promise<void>,
  ): Promise<void> {
    await using reader = await NumberReader.start();
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, ...options });
    await nc.flush();
    proxy.stall("up");
    await body(nc, proxy, reader);
  }

  test("makes pendingBytes grow and ready() wait; both end when it reads again, and nothing is lost [R33] [BUF-18]", async () => {
    await stalled({ highWaterMark: MIB }, async (nc, proxy, reader) => {
      await nc.ready();
      for (let i = 0; i < 32_000; i++) {
        nc.publish("flood", numbered(i, 1024));
        if (i % 100 === 0) await turn();
      }
      const waiting = nc.pendingBytes;
      expect(waiting).toBeGreaterThan(8 * MIB);
      let isReady = false;
      const ready = nc.ready().then(() => (isReady = true));
      nc.publish("flood", numbered(32_000, MIB));
      expect(nc.pendingBytes).toBeGreaterThan(waiting + MIB);
      await turn();
      expect(isReady).toBe(false);

      proxy.resume();
      await ready;
      expect(nc.pendingBytes).toBeLessThanOrEqual(MIB);
      await nc.flush();
      // As above.
      await eventually(() => expect(nc.pendingBytes).toBe(0));
      await reader.expectAll(32_001);
    });
  });

  test("makes publish throw at maxPendingBytes; what was taken before is kept, in order [R33]", async () => {
    const maxPendingBytes = 4 * MIB;
    await stalled({ maxPendingBytes }, async (nc, proxy, reader) => {
      let accepted = 0;
      const fill = async (size: number): Promise<void> => {
        for (;;) {
          try {
            nc.publish("flood", numbered(accepted, size));
          } catch (error) {
            expect(error).toMatchObject({
              name: "ConnectionError",
              code: "OUTBOUND_LIMIT_EXCEEDED",
              subject: "flood",
              argument: "maxPendingBytes",
              sent: false,
            });
            return;
          }
          accepted++;
          if (accepted % 100 === 0) await turn();
        }
      };
      await fill(1024);
      expect(nc.pendingBytes).toBeGreaterThan(maxPendingBytes - 2048);
      expect(nc.pendingBytes).toBeLessThanOrEqual(maxPendingBytes + 2048);
      expect(nc.stats().outMessages).toBe(accepted);
      const error = await failure(nc.request("flood", numbered(0, 100_000)));
      expect(error.code).toBe("OUTBOUND_LIMIT_EXCEEDED");

      proxy.resume();
      await nc.ready();
      await fill(100_000);
      await nc.ready();
      nc.publish("flood", numbered(accepted, 10));
      await reader.expectAll(accepted + 1);
      expect(nc.state).toBe("connected");
    });
  });

  test("does not make ready() wait below the mark", async () => {
    await stalled({ highWaterMark: 64 * MIB, disposeTimeout: 0 }, async (nc) => {
      for (let i = 0; i < 8; i++) nc.publish("flood", numbered(i, MIB));
      await turn();
      expect(nc.pendingBytes).toBeGreaterThan(0);
      await nc.ready();
    });
  });

  test("ready() ends by its timeout, its signal, and with the connection", async () => {
    await stalled({ highWaterMark: 1000 }, async (nc) => {
      for (let i = 0; i < 32; i++) nc.publish("flood", numbered(i, MIB));
      await turn();
      expect(await failure(nc.ready({ timeout: 20 }))).toMatchObject({
        name: "TimeoutError",
        code: "TIMEOUT",
      });
      const controller = new AbortController();
      const aborted = failure(nc.ready({ signal: controller.signal }));
      const closed = failure(nc.ready());
      controller.abort("stop");
      expect(await aborted).toMatchObject({ code: "ABORTED", cause: "stop" });
      await nc.close();
      expect((await closed).code).toBe("CONNECTION_CLOSED");
      expect((await failure(nc.ready())).code).toBe("CONNECTION_CLOSED");
      expect(thrown(() => nc.publish("flood")).code).toBe("CONNECTION_CLOSED");
    });
  });

  test("is left when it does not speak either, and what it was not handed is sent to the next [R33] [R23]", async () => {
    await using reader = await ScriptedNumbers.start();
    const options = {
      servers: reader.server.url,
      pingInterval: 500,
      maxPingsOut: 2,
      reconnect: QUICK_RECONNECT,
    };
    await using nc = await connect(options);
    const log = new EventLog(nc);
    reader.publishUntilBlocked(nc);
    expect(await log.wait("disconnected")).toMatchObject({ error: { code: "STALE_CONNECTION" } });
    const { replayed, dropped } = await log.wait("reconnected");
    await nc.flush();
    expect(replayed).toBeGreaterThan(0);
    expect(dropped).toBe(0);
    expect(reader.onSecond).toEqual(
      Array.from({ length: replayed }, (_, i) => reader.published - replayed + i),
    );
  });

  test("is left also when it goes on speaking [R33]", async () => {
    await using reader = await ScriptedNumbers.start({ talks: true });
    const options = {
      servers: reader.server.url,
      pingInterval: 100,
      maxPingsOut: 1,
      reconnect: QUICK_RECONNECT,
    };
    await using nc = await connect(options);
    const log = new EventLog(nc);
    reader.publishUntilBlocked(nc);
    expect(await log.wait("disconnected")).toMatchObject({ error: { code: "STALE_CONNECTION" } });
    await log.wait("reconnected");
  });
});

needs("a dialler or listener for TCP")(
  "a server that reads slowly but steadily is kept, also while one large message is under way [R33]",
  async () => {
    const payload = new Uint8Array(32 * MIB);
    let arrived = 0;
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept({ max_payload: payload.length });
      void peer.keepSending("PING\r\n", 50);
      peer.readSlowly(5);
      await peer.expect("PUB");
      arrived = (await peer.readBytes(payload.length)).length;
      await answerPings(peer);
    });
    // What the system takes at once, a megabyte or two, must be read within the three intervals.
    await using nc = await connect({ servers: server.url, pingInterval: 400, maxPingsOut: 2 });
    const log = new EventLog(nc);
    nc.publish("a", payload);
    await nc.flush({ timeout: NEVER });
    expect(arrived).toBe(payload.length);
    expect(log.types).toEqual([]);
  },
);

/** A server whose first connection stops reading, and whose second notes the numbers that it gets. */
class ScriptedNumbers implements AsyncDisposable {
  readonly server: ScriptedServer;
  readonly onSecond: number[];
  published = 0;

  private constructor(server: ScriptedServer, onSecond: number[]) {
    this.server = server;
    this.onSecond = onSecond;
  }

  static async start({ talks = false } = {}): Promise<ScriptedNumbers> {
    const onSecond: number[] = [];
    const serve = acceptAll(({ verb, payload }) => {
      if (verb === "PUB") onSecond.push(Number.parseInt(payload, 10));
    });
    const server = await ScriptedServer.start(async (peer) => {
      if (peer.number > 1) {
        // It takes its time for all these bytes, and is not to be left for that.
        void peer.keepSending("PING\r\n", 50);
        return serve(peer);
      }
      await peer.accept();
      peer.pause();
      if (talks) await peer.keepSending("PING\r\n", 20);
    });
    return new ScriptedNumbers(server, onSecond);
  }

  /** Publishes in one turn more than the way to the server can hold. */
  publishUntilBlocked(nc: Connection): void {
    while (this.published < 320) nc.publish("flood", numbered(this.published++, 100_000));
    expect(nc.pendingBytes).toBeGreaterThan(8 * MIB);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

describe("the memory of a loop that publishes to a server that does not read", () => {
  test.each([
    [300_000, 128],
    [1_000_000, 16],
    [50_000, 1024],
    [5000, 20_000],
    [200, 300_000],
  ])(
    "is about that of the data: %i messages of %i bytes [R33]",
    { timeout: 120_000 },
    async (count, size) => {
      await using server = await ScriptedServer.start(async (peer) => {
        await peer.accept();
        peer.pause();
      });
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["--expose-gc", "test/support/publish-loop.mjs", BUILT_CLIENT, server.url, `${count}`, `${size}`],
        { cwd: ROOT },
      );
      const { held, resident, pendingBytes } = JSON.parse(stdout) as Record<string, number>;
      const data = count * (`PUB flood ${size}\r\n\r\n`.length + size);
      expect(pendingBytes).toBeGreaterThan(data / 2);
      expect(held).toBeLessThan(data * 1.25 + 8 * MIB);
      // The system also sees what the collector has not yet given back.
      expect(resident).toBeLessThan(data * 1.25 + 64 * MIB);
    },
  );
});
