import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { jetstream, type Work } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { expectNoLeak } from "../../support/leak-check.ts";
import { Gate } from "../../support/gate.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { failuresOf, worked } from "./worked.ts";

const access = useJetStream();

describe("the end of a work", () => {
  it("[JS-PULL-16] [R70] a drain waits for handlers, and for what waits for them, and its report adds up", async () => {
    const { consumer } = await worked(access.js, ["a", "b", "c", "d", "e", "f"]);
    const gate = new Gate();
    const work = consumer.work(() => gate.opened, { concurrency: 2, capacity: 4 });
    await eventually(() => expect(work.pending.messages).toBe(4));
    const drained = work.drain();
    expect(work.state).toBe("draining");
    gate.open();
    const report = await drained;
    expect(report).toEqual({ handled: work.stats().acked, abandoned: 0, timedOut: false, complete: true });
    expect(report.handled).toBeGreaterThanOrEqual(4);
    expect(await work.closed).toEqual({ reason: "drained", returned: 0, abandoned: 0 });
    await eventually(async () => {
      const { numAckPending, numPending } = await consumer.info();
      expect({ numAckPending, numPending }).toEqual({ numAckPending: 0, numPending: 6 - report.handled });
    });
  });

  it("[R71] a drain gives up a handler that never ends, aborts its signal, and gives back what waits", async () => {
    const { consumer } = await worked(access.js, ["a", "b", "c"]);
    const reasons: unknown[] = [];
    const work = consumer.work(
      async (_m, { signal }) => {
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        await new Promise(() => {});
      },
      { capacity: 3 },
    );
    await eventually(() => expect(work.pending.messages).toBe(3));
    expect(await work.drain({ timeout: 50 })).toEqual({
      handled: 0,
      abandoned: 3,
      timedOut: true,
      complete: false,
    });
    expect(reasons).toMatchObject([{ code: "ABORTED" }]);
    expect(work.state).toBe("closed");
    const again = consumer.work(() => {}, { stopAfter: 2 });
    await again.closed;
    expect(again.stats().acked).toBe(2);
  });

  it("[JS-MSG-08] what a handler does after the end is acked, or comes again at once", async () => {
    const { consumer } = await worked(access.js, ["ends", "fails"]);
    const gate = new Gate();
    const work = consumer.work(
      async (m) => {
        await gate.opened;
        if (m.string() === "fails") throw new Error("no");
      },
      { concurrency: 2 },
    );
    await eventually(() => expect(work.stats().running).toBe(2));
    await work.stop();
    expect(await work.closed).toEqual({ reason: "stopped", returned: 0, abandoned: 0 });
    // No listener of the work hears of it any more.
    const errors: unknown[] = [];
    const stop = access.nc.on("error", ({ error }) => void errors.push(error));
    gate.open();
    await eventually(() => expect(work.stats()).toEqual({ running: 0, acked: 1, retried: 1, givenUp: 0 }));
    await eventually(() =>
      expect(errors).toMatchObject([{ code: "HANDLER_FAILED", cause: { message: "no" } }]),
    );
    stop();
    const again: string[] = [];
    await consumer.work((m) => void again.push(m.string()), { stopAfter: 1 }).closed;
    expect(again).toEqual(["fails"]);
  });

  it("[JS-MSG-08] a handler that closes the connection is told that its ack was not sent", async () => {
    const { consumer } = await worked(access.js, ["a", "b"]);
    const warned: string[] = [];
    const onWarning = (warning: Error): void => void warned.push(warning.message);
    process.on("warning", onWarning);
    try {
      const nc = await connect(access.url);
      const mine = await jetstream(nc).consumers.get(consumer.stream, consumer.name);
      const work = mine.work(
        async (m) => {
          if (m.string() === "a") return;
          await nc.close();
        },
        { concurrency: 1 },
      );
      expect((await work.closed).reason).toBe("connection-closed");
      await eventually(() => expect(work.stats()).toMatchObject({ running: 0, acked: 1 }));
      await eventually(() =>
        expect(warned).toMatchObject([
          expect.stringContaining("was handled, but its ack can't be sent, and it comes again"),
        ]),
      );
    } finally {
      process.off("warning", onWarning);
    }
  });

  it("[R96] a stop gives back what waits, which comes again at once", async () => {
    const { consumer } = await worked(access.js, ["a", "b", "c", "d"]);
    const work = consumer.work(() => new Promise(() => {}), { capacity: 4 });
    await eventually(() => expect(work.pending.messages).toBe(4));
    await work.stop();
    expect(await work.closed).toEqual({ reason: "stopped", returned: 3, abandoned: 0 });
    const handled: string[] = [];
    await consumer.work((m) => void handled.push(m.string()), { stopAfter: 3 }).closed;
    expect(handled.sort()).toEqual(["b", "c", "d"]);
  });

  it("[JS-MSG-08] a signal stops it, before it begins too", async () => {
    const { consumer } = await worked(access.js, ["a"]);
    const controller = new AbortController();
    const work = consumer.work(() => {}, { signal: controller.signal });
    await eventually(() => expect(work.stats().acked).toBe(1));
    controller.abort();
    expect(await work.closed).toEqual({ reason: "stopped", returned: 0, abandoned: 0 });
    const none = consumer.work(() => {}, { signal: controller.signal });
    expect(await none.closed).toEqual({ reason: "stopped", returned: 0, abandoned: 0 });
  });

  it.each([
    ["before it returns", undefined],
    ["after an await", Promise.resolve()],
  ])("[JS-PULL-16] a handler may drain or stop the work %s", async (_when, before) => {
    const { consumer } = await worked(access.js, ["a", "b", "c"]);
    const reports: unknown[] = [];
    const work: Work = consumer.work(
      async (m) => {
        if (m.seq > 1) return;
        if (before !== undefined) await before;
        reports.push(await (before === undefined ? work.drain() : work.drain({ handling: m })));
      },
      { capacity: 3 },
    );
    expect(await work.closed).toMatchObject({ reason: "drained" });
    expect(reports).toMatchObject([{ abandoned: 0, timedOut: false }]);
    const other = await worked(access.js, ["a", "b"]);
    const stopped: Work = other.consumer.work(async () => {
      if (before !== undefined) await before;
      void stopped.stop();
    });
    expect(await stopped.closed).toMatchObject({ reason: "stopped" });
    await eventually(() => expect(stopped.stats()).toMatchObject({ running: 0, acked: 1 }));
  });

  it("[JS-PULL-16] the handler of a batch may drain the work", async () => {
    const { consumer } = await worked(access.js, ["a", "b"]);
    const work: Work = consumer.work(
      (ms) => {
        expect(ms).toHaveLength(2);
        return work.drain();
      },
      { batch: { size: 2, within: 1000 } },
    );
    expect(await work.closed).toMatchObject({ reason: "drained" });
    expect(work.stats().acked).toBe(2);
  });

  it("[R74] a drain of the connection, as at SIGTERM, waits for handlers and acks what they did", async () => {
    const { name, consumer } = await worked(access.js, ["a", "b"]);
    const nc = await connect({ servers: access.url });
    const gate = new Gate();
    const work = jetstream(nc)
      .consumers.bind(name, "worker")
      .work(() => gate.opened, { concurrency: 2 });
    await eventually(() => expect(work.stats().running).toBe(2));
    const drained = nc.drain();
    gate.open();
    expect(await drained).toMatchObject({ timedOut: false, abandoned: 0 });
    expect(work.stats().acked).toBe(2);
    expect((await work.closed).reason).toBe("drained");
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
  });

  it("[R75] a connection that is closed ends it; a handler that goes on is told by its signal, and breaks nothing", async () => {
    const { name } = await worked(access.js, ["a"]);
    const nc = await connect({ servers: access.url });
    const gate = new Gate();
    let aborted = false;
    const work = jetstream(nc)
      .consumers.bind(name, "worker")
      .work(async (_m, { signal }) => {
        signal.addEventListener("abort", () => (aborted = true));
        await gate.opened;
      });
    await eventually(() => expect(work.stats().running).toBe(1));
    await nc.close();
    expect(await work.closed).toMatchObject({ reason: "connection-closed" });
    expect(aborted).toBe(true);
    gate.open();
    await eventually(() => expect(work.stats()).toEqual({ running: 0, acked: 0, retried: 0, givenUp: 0 }));
    expect((await failure(work.drain())).code).toBe("CONNECTION_CLOSED");
  });

  it("[JS-MSG-08] no timer is left of it", async () => {
    const { name } = await worked(access.js, ["a", "b", "c"]);
    await expectNoLeak(async () => {
      const nc = await connect({ servers: access.url });
      const consumer = jetstream(nc).consumers.bind(name, "worker");
      const handle = (): Promise<void> => nc.flush();
      const plain = consumer.work(handle, { stopAfter: 1 });
      await plain.closed;
      const keyed = consumer.work(handle, { orderBy: () => "a", stopAfter: 1 });
      await keyed.closed;
      const batched = consumer.work(handle, { batch: { size: 10, within: 60_000 } });
      await eventually(() => expect(batched.pending.messages).toBe(1));
      await batched.drain();
      await nc.close();
    });
  });

  it("[JS-MSG-08] a failure that nobody listens to is an error of the connection", async () => {
    const { consumer } = await worked(access.js, ["a"]);
    const errors: unknown[] = [];
    const stop = access.nc.on("error", ({ error }) => void errors.push(error));
    const work = consumer.work(
      () => {
        throw new Error("unheard");
      },
      { retry: { terminal: () => true } },
    );
    await eventually(() => expect(errors).toMatchObject([{ code: "HANDLER_FAILED" }]));
    stop();
    expect(failuresOf(work)).toEqual([]);
    await work[Symbol.asyncDispose]();
    expect(work.state).toBe("closed");
  });
});
