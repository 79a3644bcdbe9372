import { expect, test } from "vitest";
import { SOCKETS, withLink } from "../support/web-socket-peer.ts";

const SUBSCRIPTIONS = 20_000;

test.each(SOCKETS)("%s: 20,000 subscriptions are restored in a few frames", async (_, websocket) => {
  await withLink({ websocket }, async (nc, peer) => {
    for (let i = 0; i < SUBSCRIPTIONS; i++) nc.subscribe(`orders.${i}`, { callback: () => undefined });
    await nc.flush();
    const before = { frames: peer.frames, length: peer.received.length };
    const found = new Promise((resolve) => nc.on("reconnected", resolve));
    peer.last.terminate();
    await found;
    await nc.flush();
    const restored = peer.received.slice(before.length);
    const sids = [...restored.matchAll(/^SUB orders\.\d+ (\d+)\r$/gm)].map(([, sid]) => Number(sid));
    expect(new Set(sids).size).toBe(SUBSCRIPTIONS);
    expect(sids).toHaveLength(SUBSCRIPTIONS);
    // CONNECT and PING, slabs of 64 KiB, the PING of the flush.
    expect(peer.frames - before.frames).toBeLessThan(Math.ceil(restored.length / (64 * 1024)) + 5);
    await nc.close();
  });
});
