import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { useServer } from "../support/nats-server.ts";

const access = useServer();

/** Whether a promise has settled by now: everything that is due has had its turn. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = (): void => void (isSettled = true);
  promise.then(settle, settle);
  await new Promise((resolve) => setImmediate(resolve));
  return isSettled;
}

describe("barrier()", () => {
  test("waits for what has come for callbacks, the slow ones too, and not for what comes later [BARRIER-04] [BARRIER-07]", async () => {
    await using nc = await connect(access.url);
    const gates = [new Gate(), new Gate(), new Gate()];
    const begun: string[] = [];
    nc.subscribe("slow", {
      callback: async (m) => {
        begun.push(m.string());
        await gates[begun.length - 1]!.opened;
      },
    });
    nc.subscribe("quick", { callback: () => undefined });
    for (const text of ["1", "2"]) nc.publish("slow", text);
    nc.publish("quick");
    await nc.flush();
    const barrier = nc.barrier();
    nc.publish("slow", "3");
    await nc.flush();
    expect(await hasSettled(barrier)).toBe(false);
    gates[0]!.open();
    await eventually(() => expect(begun).toEqual(["1", "2"]));
    expect(await hasSettled(barrier)).toBe(false);
    gates[1]!.open();
    await barrier;
    await eventually(() => expect(begun).toEqual(["1", "2", "3"]));
    gates[2]!.open();
  });

  test("waits for all that are handled at once [BARRIER-04]", async () => {
    await using nc = await connect(access.url);
    const gates = [new Gate(), new Gate(), new Gate()];
    let count = 0;
    nc.subscribe("a", { callback: () => gates[count++]!.opened, concurrency: 2 });
    for (let i = 0; i < 2; i++) nc.publish("a");
    await nc.flush();
    const barrier = nc.barrier();
    nc.publish("a");
    await nc.flush();
    gates[1]!.open();
    await eventually(() => expect(count).toBe(3));
    gates[2]!.open();
    expect(await hasSettled(barrier)).toBe(false);
    gates[0]!.open();
    await barrier;
  });

  test("has nothing to wait for without callbacks: readers are left out [BARRIER-02] [BARRIER-03]", async () => {
    await using nc = await connect(access.url);
    await nc.barrier();
    const sub = nc.subscribe("a");
    nc.publish("a");
    await nc.flush();
    expect(sub.pending.messages).toBe(1);
    await nc.barrier();
    expect(sub.pending.messages).toBe(1);
  });

  test("changes no figure of a subscription [BARRIER-05]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const sub = nc.subscribe("a", { callback: () => gate.opened });
    for (let i = 0; i < 3; i++) nc.publish("a", "x");
    await nc.flush();
    const before = [sub.pending, sub.maxPending, sub.delivered, sub.dropped];
    const barrier = nc.barrier();
    expect([sub.pending, sub.maxPending, sub.delivered, sub.dropped]).toEqual(before);
    gate.open();
    await barrier;
    expect([sub.pending.messages, sub.delivered]).toEqual([0, 3]);
  });

  test("does not wait for what was given up: unsubscribed, dropped, beyond a maximum [BARRIER-06]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const callback = (): Promise<void> => gate.opened;
    const left = nc.subscribe("a", { callback });
    const full = nc.subscribe("a", { callback, pending: { messages: 2, onFull: "drop-old" } });
    const limited = nc.subscribe("a", { callback });
    for (let i = 0; i < 3; i++) nc.publish("a");
    await nc.flush();
    const barrier = nc.barrier();
    left.unsubscribe();
    limited.unsubscribe(1);
    nc.publish("a");
    await nc.flush();
    expect(full.dropped).toBe(2);
    expect(await hasSettled(barrier)).toBe(false);
    gate.open();
    await barrier;
  });

  test("in a handler waits for that handler too [BARRIER-08]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    let barrier: Promise<void> | undefined;
    nc.subscribe("a", {
      callback: async () => {
        barrier = nc.barrier();
        await gate.opened;
      },
    });
    nc.publish("a");
    await nc.flush();
    expect(await hasSettled(barrier!)).toBe(false);
    gate.open();
    await barrier;
  });

  test("waits for as long as its limits say", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    nc.subscribe("a", { callback: () => gate.opened });
    nc.publish("a");
    await nc.flush();
    expect(await failure(nc.barrier({ timeout: 1 }))).toMatchObject({ code: "TIMEOUT" });
    expect(await failure(nc.barrier({ signal: AbortSignal.abort("enough") }))).toMatchObject({
      code: "ABORTED",
      cause: "enough",
    });
    const error = await failure(nc.barrier({ timeOut: 1 } as never));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "timeOut" });
    gate.open();
    await nc.barrier({ timeout: 10_000 });
  });

  test("ends when the connection closes, and rejects on a closed one [BARRIER-01] [BARRIER-06]", async () => {
    const nc = await connect(access.url);
    const gate = new Gate();
    nc.subscribe("a", { callback: () => gate.opened });
    for (let i = 0; i < 2; i++) nc.publish("a");
    await nc.flush();
    const barrier = nc.barrier();
    await nc.close();
    gate.open();
    await barrier;
    expect((await failure(nc.barrier())).code).toBe("CONNECTION_CLOSED");
  });
});
