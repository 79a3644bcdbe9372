import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";

const access = useServer();

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

/** What the process warns of meanwhile. */
async function warningsOf(body: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on("warning", note);
  try {
    await body();
    // They are told in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("warning", note);
  }
  return warnings;
}

describe("one signal for many", () => {
  test("requests: thousands of them share one listener, and all end with it [REQ-17]", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("silent");
    const controller = new AbortController();
    const { signal } = controller;
    const warnings = await warningsOf(async () => {
      const failures = Array.from({ length: 10_000 }, () =>
        failure(nc.request("silent", "x", { timeout: NEVER, signal })),
      );
      await nc.flush();
      expect(listenersOf(signal)).toBe(1);
      controller.abort(new Error("enough"));
      const codes = new Set((await Promise.all(failures)).map(({ code }) => code));
      expect(codes).toEqual(new Set(["ABORTED"]));
    });
    expect(warnings).toEqual([]);
    expect(listenersOf(signal)).toBe(0);
  });

  test("requests that are answered: each goes without a trace", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 1000 }, () => nc.request("echo", "x", { timeout: NEVER, signal })),
    );
    expect(listenersOf(signal)).toBe(0);
    const waiting = nc.request("echo", "x", { timeout: NEVER, signal });
    expect(listenersOf(signal)).toBe(1);
    await waiting;
    expect(listenersOf(signal)).toBe(0);
  });

  test("waits and subscriptions of every kind", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const disconnected = new Promise((resolve) => nc.on("disconnected", resolve));
    proxy.refuse();
    proxy.cut();
    await disconnected;
    for (let i = 0; i < 8; i++) nc.publish("x", new Uint8Array(2 ** 20));
    const controller = new AbortController();
    const { signal } = controller;
    const sub = nc.subscribe("silent");
    const warnings = await warningsOf(async () => {
      const waits = Array.from({ length: 100 }, () => [
        nc.ready({ signal }),
        nc.flush({ signal, timeout: NEVER }),
        nc.reconnect({ signal }),
        sub.next({ signal }),
      ]).flat();
      const failures = waits.map((wait) => failure(wait));
      const subscriptions = Array.from({ length: 100 }, () => nc.subscribe("silent", { signal }));
      const ends = subscriptions.map((subscription) => subscription.closed);
      expect(listenersOf(signal)).toBe(1);
      controller.abort();
      expect(new Set((await Promise.all(failures)).map(({ code }) => code))).toEqual(new Set(["ABORTED"]));
      for (const { reason } of await Promise.all(ends)) expect(reason).toBe("unsubscribed");
    });
    expect(warnings).toEqual([]);
    expect(listenersOf(signal)).toBe(0);
  });

  test("loops over many responses", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("silent");
    const controller = new AbortController();
    const { signal } = controller;
    const responses = Array.from({ length: 100 }, () =>
      nc.requestMany("silent", "x", { maxWait: NEVER, signal }),
    );
    const failures = responses.map((sequence) => failure(sequence.next()));
    // The code for it may be on its way.
    await eventually(() => expect(listenersOf(signal)).toBe(1));
    controller.abort();
    expect(new Set((await Promise.all(failures)).map(({ code }) => code))).toEqual(new Set(["ABORTED"]));
    expect(listenersOf(signal)).toBe(0);
  });

  test("connections: each has a listener of its own, so that one can't harm the other", async () => {
    const connections: Connection[] = [];
    const { signal } = new AbortController();
    for (let i = 0; i < 3; i++) {
      const nc = await connect(access.url);
      nc.subscribe("silent", { signal });
      connections.push(nc);
    }
    expect(listenersOf(signal)).toBe(3);
    for (const nc of connections) await nc.close();
    expect(listenersOf(signal)).toBe(0);
  });
});
