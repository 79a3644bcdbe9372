import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import { backup, jetstream } from "../../src/jetstream/index.ts";
import { kv } from "../../src/kv/index.ts";
import { objectStore } from "../../src/object-store/index.ts";
import { eventually } from "../support/eventually.ts";
import { fill } from "../support/fill.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { setUp } from "./consume/support.ts";
import { setUpPush } from "./push/support.ts";

const access = useJetStream();

type ProcessWarning = Error & { code?: string };

let warned: string[] = [];

function onWarning({ name, code, message }: ProcessWarning): void {
  if (name === "NatsWarning") warned.push(`${code}: ${message}`);
}

beforeEach(() => {
  warned = [];
  process.on("warning", onWarning);
});
afterEach(() => void process.off("warning", onWarning));

/** A connection by way of a proxy, which no application listens to. */
async function behindProxy(
  options: ConnectOptions,
  body: (nc: Connection, proxy: Proxy) => Promise<void>,
): Promise<void> {
  await using proxy = await Proxy.start(access.server.port);
  const nc = await connect({ servers: proxy.url, name: unique("unheard"), ...options });
  try {
    await body(nc, proxy);
  } finally {
    await nc.close();
  }
}

const warning = (code: string, { foundation }: Connection): unknown =>
  expect.stringMatching(new RegExp(`^${code}: .*"${foundation.name}"`));

describe("though the library listens to outages", () => {
  it.each<[what: string, begin: (nc: Connection) => Promise<unknown>]>([
    [
      "a consume",
      async (nc) => {
        const { stream } = await setUp(access.js, 1);
        await new Promise((heard) => jetstream(nc).consumers.bind(stream, "c").consume({ callback: heard }));
      },
    ],
    [
      "a consume of what is pushed",
      async (nc) => {
        const { stream, config } = await setUpPush(access.js, 1);
        const consumer = await jetstream(nc).consumers.getPush(stream, config.durable!);
        await new Promise((heard) => consumer.consume({ callback: heard }));
      },
    ],
    [
      "a backup",
      async (nc) => {
        const name = unique("KEPT");
        await access.js.streams.create({ name, subjects: [name] });
        // More than the server sends before the first chunk is acked.
        await fill(access.nc, 300, () => ({ subject: name, data: randomBytes(20_000) }));
        await backup(jetstream(nc), name);
      },
    ],
  ])("one that may have lost something is a warning of the process: %s", async (_what, begin) => {
    await behindProxy({ reconnect: QUICK_RECONNECT }, async (nc, proxy) => {
      await begin(nc);
      await nc.flush();
      // Nothing confirms it.
      proxy.stall("down");
      nc.publish("a", "x");
      await new Promise((resolve) => setImmediate(resolve));
      const back = nc.once("reconnected");
      proxy.cut();
      proxy.resume();
      await back;
      await eventually(() => expect(warned).toContainEqual(warning("UNCONFIRMED", nc)));
    });
  });
});

describe("though the library listens to the end of a connection", () => {
  it.each<[what: string, begin: (nc: Connection, proxy: Proxy) => Promise<() => Promise<unknown>>]>([
    [
      "a put whose source has nothing",
      async (nc) => {
        const name = unique("store");
        await objectStore(access.nc).create(name, { storage: "memory" });
        const store = await objectStore(nc).get(name);
        let put: Promise<unknown> | undefined;
        await new Promise<void>((asked) => {
          const pull = (): Promise<void> => {
            asked();
            return new Promise(() => undefined);
          };
          put = store.put("it", new ReadableStream({ pull }, { highWaterMark: 0 }));
        });
        return () => put!;
      },
    ],
    [
      "somebody who waits for a lock",
      async (nc) => {
        const ours = await kv(access.nc).create(unique("locks"), { limitMarkerTtl: 1000, storage: "memory" });
        await ours.lock("it", { ttl: NEVER });
        const lock = (await kv(nc).get(ours.name)).lock("it", { ttl: NEVER, timeout: NEVER });
        const stream = await access.js.streams.get(`KV_${ours.name}`);
        await eventually(async () => expect((await stream.info()).state.consumerCount).toBeGreaterThan(0));
        return () => lock;
      },
    ],
    [
      "a publisher that waits for the next link",
      async (nc, proxy) => {
        const { subject } = await setUp(access.js, 0);
        const publisher = jetstream(nc).publisher();
        proxy.stall("down");
        const published = publisher.publish(subject, "x", { msgId: "1" });
        await new Promise((resolve) => setImmediate(resolve));
        return () => published;
      },
    ],
  ])("what could not be sent is a warning of the process: %s", async (_what, begin) => {
    await behindProxy({ reconnect: { delayHandler: () => NEVER } }, async (nc, proxy) => {
      const waits = (await begin(nc, proxy))();
      const ended = waits.then(
        () => undefined,
        (error: unknown) => error,
      );
      const over = nc.once("disconnected");
      proxy.cut();
      await over;
      nc.publish("a", "x");
      await nc.close();
      expect(await ended).toBeInstanceOf(Error);
      await eventually(() => expect(warned).toContainEqual(warning("LOST", nc)));
    });
  });
});
