import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { type Peer, SOCKETS, withLink } from "../support/web-socket-peer.ts";

/** Close frame with 1001, and a frame with a reserved bit set. */
const ENDINGS: readonly (readonly [string, readonly number[]])[] = [
  ["a close frame", [0x88, 0x02, 0x03, 0xe9]],
  ["a frame that breaks the rules", [0xf2, 0x00]],
];

/** Publishes one message after the other until the connection has another link; how many. */
async function publishUntilReconnected(nc: Connection): Promise<number> {
  let count = 0;
  const timer = setInterval(() => nc.publish("a", `<${count++}>`), 5);
  try {
    await new Promise((resolve) => nc.on("reconnected", resolve));
  } finally {
    clearInterval(timer);
  }
  return count;
}

function receivedNumbers({ received }: Peer): number[] {
  return [...received.matchAll(/<(\d+)>/g)].map((match) => Number(match[1]));
}

describe.each(SOCKETS)("%s:", (_, websocket) => {
  // At once, for each waits two seconds.
  describe.concurrent("a link that the peer leaves open after", () => {
    test.each(ENDINGS)(
      "%s loses nothing of what is published [WS-10] [WS-14] [WS-16]",
      async (_name, bytes) => {
        await withLink({ websocket }, async (nc, peer) => {
          peer.holdOpen();
          peer.link.write(Buffer.from(bytes));
          const count = await publishUntilReconnected(nc);
          await nc.flush();
          expect(peer.sockets).toHaveLength(2);
          expect(receivedNumbers(peer)).toEqual(Array.from({ length: count }, (_, i) => i));
        });
      },
    );

    test.each(ENDINGS)("%s is given up, also when nothing is published", async (_name, bytes) => {
      await withLink({ websocket, pingInterval: 0 }, async (nc, peer, errors) => {
        peer.holdOpen();
        peer.link.write(Buffer.from(bytes));
        await eventually(() => expect(peer.sockets).toHaveLength(2));
        await eventually(() => expect(nc.state).toBe("connected"));
        expect(errors).toHaveLength(1);
      });
    });
  });

  test("what the peer never read is counted when the connection is closed", async () => {
    await withLink({ websocket }, async (nc, peer) => {
      await nc.flush();
      peer.link.pause();
      for (let i = 0; i < 40; i++) nc.publish("a", new Uint8Array(512 * 1024));
      expect(await failure(nc.ready({ timeout: 100 }))).toMatchObject({ code: "TIMEOUT" });
      const waiting = nc.pendingBytes;
      const closed = new Promise<number>((resolve) => nc.on("closed", ({ lost }) => resolve(lost.bytes)));
      await nc.close();
      expect(await closed).toBeGreaterThanOrEqual(waiting);
    });
  });

  test("what a peer never read that breaks off during a close is counted", async () => {
    await withLink({ websocket, reconnect: false }, async (nc, peer) => {
      await nc.flush();
      peer.link.pause();
      // All is handed over, and not all of it leaves.
      while (nc.pendingBytes === 0) {
        nc.publish("a", new Uint8Array(64 * 1024));
        await new Promise((resolve) => setImmediate(resolve));
      }
      const closed = nc.once("closed");
      const closing = nc.close();
      await new Promise((resolve) => setImmediate(resolve));
      peer.link.resetAndDestroy();
      await closing;
      expect((await closed).lost.messages).toBeGreaterThan(0);
    });
  });
});
