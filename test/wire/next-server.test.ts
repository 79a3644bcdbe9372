import { describe, expect, test } from "vitest";
import { connect, type Connection, type ConnectionEvent, headers } from "../../src/index.ts";
import { readOperation } from "../support/client-operations.ts";
import type { InfoFields, ScriptedPeer } from "../support/scripted-peer.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { withScript } from "./wire.ts";

interface Outcome {
  /** Payloads that the second server got, in order. */
  readonly received: string[];
  readonly events: ConnectionEvent[];
}

/** Publishes without a link, and goes on with a server that says `info` of itself. */
async function publishBetween(
  info: InfoFields,
  publish: (nc: Connection) => Promise<void> | void,
): Promise<Outcome> {
  let resume = (): void => undefined;
  const published = new Promise<void>((resolve) => {
    resume = resolve;
  });
  const received: string[] = [];
  const script = async (peer: ScriptedPeer): Promise<void> => {
    if (peer.number === 1) {
      await peer.accept();
      return;
    }
    await published;
    await peer.accept(info);
    for (;;) {
      const { verb, payload } = await readOperation(peer);
      if (verb === "PING") peer.send("PONG\r\n");
      if (verb === "PUB" || verb === "HPUB") received.push(payload);
    }
  };
  const events: ConnectionEvent[] = [];
  await withScript(script, async (server) => {
    const nc = await connect({ servers: server.url, reconnect: { delay: 1, maxDelay: 1 } });
    for (const type of ["error", "reconnected"] as const) nc.on(type, (event) => void events.push(event));
    const lost = new Promise((resolve) => nc.on("disconnected", resolve));
    const found = new Promise((resolve) => nc.on("reconnected", resolve));
    (await server.peer(1)).destroy();
    await lost;
    const calls = publish(nc);
    resume();
    await found;
    await calls;
    await nc.flush();
    await nc.close();
  });
  return { received, events };
}

const large = (size: number): string => "x".repeat(size);

describe("what waited for a link and is more than the next server takes is told, and the rest goes", () => {
  test("a message beyond its max_payload, in order between small ones", async () => {
    const { received, events } = await publishBetween({ max_payload: 65_536 }, (nc) => {
      nc.publish("a", "1");
      nc.publish("too.large", large(600_000));
      nc.publish("a", "2");
      nc.publish("too.large", large(65_537), { reply: "r" });
      nc.publish("just.right", large(65_536));
      nc.publish("a", "3");
    });
    expect(received).toEqual(["1", "2", large(65_536), "3"]);
    expect(events).toMatchObject([
      { type: "error", error: { code: "MAX_PAYLOAD_EXCEEDED", subject: "too.large" } },
      { type: "error", error: { code: "MAX_PAYLOAD_EXCEEDED", subject: "too.large" } },
      { type: "reconnected", replayed: 4, refused: 2 },
    ]);
  });

  test("messages with headers, where it has none", async () => {
    const { received, events } = await publishBetween({ headers: false }, (nc) => {
      nc.publish("a", "1", { headers: headers({ A: "b" }) });
      nc.publish("b", "2");
      nc.publish("c", large(100_000), { headers: headers({ A: "b" }) });
      nc.publish("d", "3");
    });
    expect(received).toEqual(["2", "3"]);
    expect(events).toMatchObject([
      { type: "error", error: { code: "HEADERS_NOT_SUPPORTED", subject: "a" } },
      { type: "error", error: { code: "HEADERS_NOT_SUPPORTED", subject: "c" } },
      { type: "reconnected", replayed: 2, refused: 2 },
    ]);
  });

  test("a request rejects with it, and no event repeats that", async () => {
    let error: unknown;
    const { received, events } = await publishBetween({ max_payload: 100 }, async (nc) => {
      nc.publish("a", "1");
      const request = failure(nc.request("q", large(101), { timeout: 60_000 }));
      nc.publish("a", "2");
      error = await request;
    });
    expect(error).toMatchObject({ code: "MAX_PAYLOAD_EXCEEDED", subject: "q" });
    expect(received).toEqual(["1", "2"]);
    expect(events).toMatchObject([{ type: "reconnected", replayed: 2, refused: 1 }]);
  });

  test("nothing is told where the next server takes as much", async () => {
    const { received, events } = await publishBetween({ max_payload: 2_000_000 }, (nc) => {
      nc.publish("a", large(600_000), { headers: headers({ A: "b" }) });
    });
    expect(received).toEqual([large(600_000)]);
    expect(events).toMatchObject([{ type: "reconnected", replayed: 1, refused: 0 }]);
  });
});

test("what a move holds back and is more than the next server takes is told, and the rest goes there", async () => {
  const leaving = new Gate();
  const published = new Gate();
  const received: string[][] = [[], [], []];
  const script = async (peer: ScriptedPeer): Promise<void> => {
    await peer.accept(peer.number === 1 ? {} : { max_payload: 100 });
    let isLeft = false;
    for (;;) {
      const { verb, payload } = await readOperation(peer);
      if (verb === "PUB") received[peer.number]!.push(payload);
      if (verb === "UNSUB") isLeft = true;
      if (verb !== "PING") continue;
      if (peer.number === 1 && isLeft) {
        // From now on the move waits for this PONG, and what is published for the next server.
        leaving.open();
        await published.opened;
      }
      peer.send("PONG\r\n");
    }
  };
  await withScript(script, async (server) => {
    const nc = await connect({ servers: server.url });
    const events: ConnectionEvent[] = [];
    for (const type of ["error", "moved"] as const) nc.on(type, (event) => void events.push(event));
    nc.subscribe("plain", { callback: () => undefined });
    nc.publish("a", large(101));
    await nc.flush();
    const moved = nc.reconnect();
    await leaving.opened;
    nc.publish("a", "1");
    nc.publish("too.large", large(101));
    const request = failure(nc.request("q", large(102), { timeout: 60_000 }));
    nc.publish("just.right", large(100));
    published.open();
    await moved;
    expect(await request).toMatchObject({ code: "MAX_PAYLOAD_EXCEEDED", subject: "q" });
    await nc.flush();
    await nc.close();
    expect(received).toEqual([[], [large(101)], ["1", large(100)]]);
    expect(events).toMatchObject([
      { type: "error", error: { code: "MAX_PAYLOAD_EXCEEDED", subject: "too.large" } },
      { type: "moved", refused: 2 },
    ]);
  });
});
