import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { connect, isNatsError } from "../../src/index.ts";
import { objectStore, type ObjectStore } from "../../src/object-store/index.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { needs } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import type { Direction } from "../support/proxy-lane.ts";
import { strayChunks } from "./support.ts";

const access = useJetStream();

const CHUNK = 500;
const OPTIONS = { chunkSize: CHUNK, window: 4 * CHUNK };
const OLD = Buffer.from("old".repeat(500));
const NEW = randomBytes(20 * CHUNK - 1);

/** Cuts all links once so many bytes have passed in a direction. */
class Cutter {
  readonly #proxy: Proxy;
  #passed: Record<Direction, number> = { up: 0, down: 0 };
  #cut: { readonly direction: Direction; readonly after: number } | undefined;

  constructor(proxy: Proxy) {
    this.#proxy = proxy;
    proxy.garble((chunk, direction) => this.#pass(chunk, direction));
  }

  /** Bytes that have passed since it was armed. */
  get passed(): Readonly<Record<Direction, number>> {
    return this.#passed;
  }

  /** Counts from here on. Without a direction nothing is cut. */
  arm(direction?: Direction, after = 0): void {
    this.#passed = { up: 0, down: 0 };
    this.#cut = direction === undefined ? undefined : { direction, after };
  }

  #pass(chunk: Buffer, direction: Direction): Uint8Array {
    const before = this.#passed[direction];
    this.#passed[direction] = before + chunk.length;
    if (this.#cut?.direction !== direction || this.#passed[direction] < this.#cut.after) return chunk;
    const { after } = this.#cut;
    this.#cut = undefined;
    setImmediate(() => this.#proxy.cut());
    return chunk.subarray(0, after - before);
  }
}

const POSITIONS = 12;

/** From the first byte of a transfer to its last one. */
function positionsIn(bytes: number): number[] {
  return Array.from({ length: POSITIONS }, (_, i) => 1 + Math.floor((i * (bytes - 1)) / (POSITIONS - 1)));
}

interface Behind {
  /** By way of the proxy. */
  readonly store: ObjectStore;
  /** Not by way of it. */
  readonly direct: ObjectStore;
  readonly cutter: Cutter;
}

async function behindProxy(body: (behind: Behind) => Promise<void>): Promise<void> {
  const direct = await objectStore(access.nc).create(unique("cut"), { storage: "memory" });
  await using proxy = await Proxy.start(access.server.port);
  await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT, warnings: false });
  const store = await objectStore(nc).get(direct.name);
  await nc.flush();
  await body({ store, direct, cutter: new Cutter(proxy) });
}

interface Transfer {
  /** What is there before each one. */
  readonly reset: () => Promise<void>;
  readonly whole: () => Promise<void>;
  readonly cut: () => Promise<void>;
}

const nothing = (): undefined => undefined;

/** Runs a transfer once whole, and then cut at many positions of either direction. */
async function cutEverywhere(cutter: Cutter, { reset, whole, cut }: Transfer): Promise<void> {
  await reset();
  cutter.arm();
  await whole();
  const bytes = { ...cutter.passed };
  for (const direction of ["up", "down"] as const) {
    for (const at of positionsIn(bytes[direction])) {
      await reset();
      cutter.arm(direction, at);
      await cut();
    }
  }
}

needs("NATS bytes at a proxy")(
  "[OBJ-03] [OBJ-06] a put that is cut anywhere is done, or has left all as it was",
  async () => {
    await behindProxy(async ({ store, direct, cutter }) => {
      let done = 0;
      const put = async (): Promise<void> => {
        await store.put("it", NEW, OPTIONS);
      };
      const cutPut = async (): Promise<void> => {
        const error = await put().then(nothing, (thrown: unknown) => {
          if (isNatsError(thrown)) return thrown;
          throw thrown;
        });
        cutter.arm();
        const bytes = Buffer.from(await (await direct.get("it")).bytes());
        const isNew = bytes.equals(NEW);
        expect(isNew || bytes.equals(OLD)).toBe(true);
        expect(await strayChunks(access.nc, store.name)).toBe(0);
        if (error === undefined) {
          done += 1;
          expect(isNew).toBe(true);
        } else if (isNew) expect(error.message).toContain("may be stored or not");
      };
      const reset = async (): Promise<void> => {
        await direct.put("it", OLD, OPTIONS);
      };
      await cutEverywhere(cutter, { reset, whole: put, cut: cutPut });
      expect(done).toBeGreaterThan(0);
      expect(done).toBeLessThan(2 * POSITIONS);
    });
  },
);

needs("NATS bytes at a proxy")(
  "[OBJ-07] a get that is cut anywhere gives the whole object, or fails",
  async () => {
    await behindProxy(async ({ store, direct, cutter }) => {
      await direct.put("it", NEW, OPTIONS);
      let whole = 0;
      const get = async (): Promise<void> => {
        const bytes = await (await store.get("it")).bytes();
        expect(NEW.equals(bytes)).toBe(true);
        whole += 1;
      };
      const cutGet = async (): Promise<void> => {
        await get().catch((thrown: unknown) => {
          if (!isNatsError(thrown, "DISCONNECTED")) throw thrown;
        });
      };
      await cutEverywhere(cutter, { reset: async () => undefined, whole: get, cut: cutGet });
      expect(whole).toBeGreaterThan(POSITIONS);
    });
  },
);
