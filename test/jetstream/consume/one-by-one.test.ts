import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { setUp } from "./support.ts";

const server = useJetStream();

describe("a single message of a consume", () => {
  it("[JS-PULL-06] is one that lies here, whatever the timeout, or the next to come", async () => {
    const { consumer, subject } = await setUp(server.js, 2);
    const messages = consumer.consume();
    await eventually(() => expect(messages.pending.messages).toBe(2));
    for (const text of ["1", "2"]) {
      const message = await messages.next({ timeout: 0 });
      expect(message!.string()).toBe(text);
      await message!.ackConfirmed();
    }
    const next = messages.next();
    await server.js.publish(subject, "3");
    expect((await next)!.string()).toBe("3");
    await messages.stop();
    expect(await messages.next()).toBeUndefined();
  });

  it("[JS-PULL-06] is not lost by a wait that was given up, nor given to it", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    const messages = consumer.consume();
    expect(await failure(messages.next({ timeout: 1 }))).toMatchObject({ code: "TIMEOUT" });
    const abort = new AbortController();
    const aborted = failure(messages.next({ signal: abort.signal }));
    const later = messages.next();
    abort.abort();
    await server.js.publish(subject, "1");
    expect((await aborted).code).toBe("ABORTED");
    expect((await later)!.string()).toBe("1");
    expect(await failure(messages.next({ signal: abort.signal }))).toMatchObject({ code: "ABORTED" });
    await messages.stop();
  });

  it("[JS-PULL-06] goes to who has waited the longest", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    const messages = consumer.consume();
    const waiting = [messages.next(), messages.next()];
    await server.js.publish(subject, "1");
    await server.js.publish(subject, "2");
    expect((await Promise.all(waiting)).map((m) => m!.string())).toEqual(["1", "2"]);
    await messages.stop();
  });

  it("[JS-PULL-06] is not to be had where they have ended: as asked, or with the reason", async () => {
    const { consumer, stream } = await setUp(server.js, 1);
    const enough = consumer.consume({ stopAfter: 1 });
    expect((await enough.next())!.string()).toBe("1");
    expect(await enough.next()).toBeUndefined();
    const warnings: unknown[] = [];
    const stop = server.nc.on("error", ({ error }) => void warnings.push(error));
    const gone = consumer.consume();
    const waiting = failure(gone.next());
    // A pull that comes with the end of its consumer may have no answer.
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    await server.js.consumers.delete(stream, consumer.name);
    expect(await waiting).toMatchObject({ code: "CONSUMER_NOT_FOUND", stream, consumer: consumer.name });
    expect(await failure(gone.next())).toMatchObject({ code: "CONSUMER_NOT_FOUND" });
    stop();
    expect(warnings).toEqual([]);
  });

  it("[JS-PULL-16] is not waited for by a drain: what lies here goes back", async () => {
    const { consumer } = await setUp(server.js, 3, { ackWait: 60_000 });
    const messages = consumer.consume();
    await eventually(() => expect(messages.pending.messages).toBe(3));
    (await messages.next())!.ack();
    expect(await messages.drain()).toMatchObject({ timedOut: false, complete: true });
    expect(await messages.closed).toMatchObject({ reason: "drained", returned: 2 });
  });

  it("[JS-PULL-06] is not there to be read where a callback has them, nor with wrong options", async () => {
    const { consumer } = await setUp(server.js, 0);
    const messages = consumer.consume({ callback: () => undefined });
    expect(await failure(messages.next())).toMatchObject({ code: "SUBSCRIPTION_HAS_CALLBACK" });
    expect(await failure(messages.next({ expires: 5 } as never))).toMatchObject({ code: "INVALID_OPTION" });
    await messages.stop();
  });

  it("[JS-PUSH-05] comes in order from an ordered consumer, and by push", async () => {
    const { stream } = await setUp(server.js, 2);
    const ordered = (await server.js.consumers.ordered(stream)).consume();
    expect((await ordered.next())!.seq).toBe(1);
    expect((await ordered.next())!.seq).toBe(2);
    await ordered.stop();
    const pushed = (await server.js.consumers.create(stream, { push: {} })).consume();
    expect((await pushed.next())!.seq).toBe(1);
    await pushed.stop();
  });
});
