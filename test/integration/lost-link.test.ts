import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import { EndingPeer } from "../support/ending-peer.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { useTls } from "../support/tls-server.ts";

const OUTAGES = 10;
const TURNS = 30;
const PER_TURN = 50;

const MIB = 1024 * 1024;

/** A peer that does not read is soon given up. */
const IMPATIENT: ConnectOptions = { pingInterval: 500, maxPingsOut: 1 };

const tls = useTls();

/** Publishes numbers, as many in each turn of the event loop. */
class Publisher {
  readonly #nc: Connection;
  /** Of a payload: digits. */
  readonly size = 100;
  published = 0;

  constructor(nc: Connection) {
    this.#nc = nc;
  }

  /** The turn that is next; the first is 0. */
  get turn(): number {
    return this.published / PER_TURN;
  }

  async someTurns(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      for (let i = 0; i < PER_TURN; i++) this.#nc.publish("a", this.#payload(this.published++));
      await nextTurn();
    }
  }

  #payload(number: number): string {
    return String(number).padStart(this.size, "0");
  }

  /** The turns of which something never came. */
  missing(peer: EndingPeer): number[] {
    const seen = new Set(peer.payloads);
    const all = Array.from({ length: this.published }, (_, i) => i);
    const numbers = all.filter((i) => !seen.has(this.#payload(i)));
    return [...new Set(numbers.map((i) => Math.floor(i / PER_TURN)))];
  }
}

type Body = (peer: EndingPeer, nc: Connection, log: EventLog, publisher: Publisher) => Promise<void>;

async function withPeer(isSecure: boolean, more: ConnectOptions, body: Body): Promise<void> {
  await using peer = await EndingPeer.start(isSecure ? tls.setup.server : undefined);
  const security = isSecure ? { tls: tls.setup.trust({ handshakeFirst: true }) } : {};
  const servers = `nats://127.0.0.1:${peer.port}`;
  await using nc = await connect({ servers, reconnect: QUICK_RECONNECT, ...security, ...more });
  await body(peer, nc, new EventLog(nc), new Publisher(nc));
}

describe("a link that is lost under a publisher", () => {
  test.each([false, true])(
    "by its peer's end costs no message: each has left or is replayed, once (TLS: %s) [RECON-08] [R23]",
    async (isSecure) => {
      await withPeer(isSecure, {}, async (peer, nc, log, publisher) => {
        for (let outage = 1; outage <= OUTAGES; outage++) {
          peer.end();
          await publisher.someTurns();
          await log.wait("reconnected", outage);
        }
        await nc.flush();
        await eventually(() => expect(publisher.missing(peer)).toEqual([]));
        expect(peer.payloads).toHaveLength(publisher.published);
        const told = log.of("disconnected").map(({ unsent }) => unsent);
        expect(told).toHaveLength(OUTAGES);
        // Over TLS it is told only in a later turn that a write has left.
        if (!isSecure) expect(told).toEqual(told.map(() => ({ messages: 0, bytes: 0 })));
      });
    },
  );

  test.each([false, true])(
    "by a reset costs what was handed over before that could be seen, and no more (TLS: %s) [RECON-08]",
    async (isSecure) => {
      await withPeer(isSecure, {}, async (peer, nc, log, publisher) => {
        const handedOver = new Set<number>();
        for (let outage = 1; outage <= OUTAGES; outage++) {
          await nc.flush();
          peer.reset();
          handedOver.add(publisher.turn);
          await publisher.someTurns();
          await log.wait("reconnected", outage);
        }
        await nc.flush();
        expect(publisher.missing(peer).filter((turn) => !handedOver.has(turn))).toEqual([]);
        const told = log.of("disconnected");
        expect(told).toHaveLength(OUTAGES);
        const mayBeLost = told.reduce(
          (sum, { unsent, unconfirmed }) => sum + unsent.messages + unconfirmed,
          0,
        );
        const lost = publisher.published - new Set(peer.payloads).size;
        expect(lost).toBeLessThanOrEqual(mayBeLost);
        // What a flush had confirmed before is none of it.
        expect(mayBeLost).toBeLessThan(publisher.published);
      });
    },
  );

  test.each([false, true])(
    "that had stopped reading is told with what may not have left: the rest left or is replayed (TLS: %s) [R33]",
    async (isSecure) => {
      await withPeer(isSecure, IMPATIENT, async (peer, nc, log, publisher) => {
        await nc.flush();
        const resume = peer.pause();
        while (nc.pendingBytes < MIB && log.of("disconnected").length === 0) await publisher.someTurns();
        const { unsent } = await log.wait("disconnected");
        await log.wait("reconnected");
        await nc.flush();
        resume();
        const missing = (): number => publisher.published - new Set(peer.payloads).size;
        await eventually(() => expect(missing()).toBeLessThanOrEqual(unsent.messages));
        expect(unsent.messages).toBeGreaterThan(0);
        expect(unsent.messages).toBeLessThan(publisher.published);
        expect(unsent.bytes).toBeGreaterThan(unsent.messages * publisher.size);
        expect(peer.payloads).toHaveLength(new Set(peer.payloads).size);
      });
    },
  );
});

test("a link that is lost right behind a flush tells that nothing can be lost, and behind a publish that it can", async () => {
  await withPeer(false, {}, async (peer, nc, log, publisher) => {
    nc.publish("a", "1".padStart(publisher.size, "0"));
    await nc.flush();
    peer.end();
    expect(await log.wait("disconnected", 1)).toMatchObject({ unsent: { messages: 0 }, unconfirmed: 0 });
    await log.wait("reconnected", 1);
    nc.publish("a", "2".padStart(publisher.size, "0"));
    nc.publish("a", "3".padStart(publisher.size, "0"));
    await eventually(() => expect(peer.payloads).toHaveLength(3));
    peer.end();
    expect(await log.wait("disconnected", 2)).toMatchObject({ unsent: { messages: 0 }, unconfirmed: 2 });
  });
});
