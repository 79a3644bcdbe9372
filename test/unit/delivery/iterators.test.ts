import { describe, expect, test } from "vitest";
import { BatchIterator } from "../../../src/core/delivery/batch-iterator.ts";
import { MessageIterator } from "../../../src/core/delivery/message-iterator.ts";
import { BlockPool } from "../../../src/core/delivery/block-pool.ts";
import { Pending } from "../../../src/core/delivery/pending.ts";
import { ReaderDelivery } from "../../../src/core/delivery/reader-delivery.ts";
import { SubscriptionError } from "../../../src/core/errors.ts";
import { aFrame, texts, untold } from "../support/messages.ts";
import { noContext } from "../support/recorder.ts";

function deliver(limit = 100) {
  const pending = new Pending({ messages: Infinity, bytes: Infinity, onFull: "drop-new" }, untold);
  const delivery = new ReaderDelivery(noContext, new BlockPool(), pending, {
    onIdle: () => undefined,
    onHandlerError: () => undefined,
  });
  let left = 0;
  // Leaving a loop unsubscribes: that gives up what is queued.
  const onReturn = (): void => {
    left++;
    delivery.abandon(undefined);
  };
  const accept = (...payloads: string[]): void => {
    for (const payload of payloads) {
      const frame = aFrame(payload);
      pending.add(frame.payloadEnd - frame.payloadStart);
      delivery.accept(frame);
    }
  };
  return {
    delivery,
    pending,
    accept,
    left: () => left,
    messages: new MessageIterator(delivery, onReturn),
    batches: new BatchIterator(delivery, limit, onReturn),
  };
}

const failure = new SubscriptionError("SLOW_CONSUMER", "too slow");

describe("a loop over messages", () => {
  test("gets what is queued and what comes, in order, to the end", async () => {
    const { messages, accept, delivery } = deliver();
    const seen: string[] = [];
    accept("a", "b");
    for await (const message of messages) {
      seen.push(message.string());
      if (seen.length === 2) setImmediate(() => accept("c", "d"));
      if (seen.length === 4) setImmediate(() => delivery.finish(undefined));
    }
    expect(seen).toEqual(["a", "b", "c", "d"]);
  });

  test("has handled a message when it comes back for the next [MSGQ-03]", async () => {
    const { messages, accept, pending } = deliver();
    accept("a", "b");
    await messages.next();
    expect(pending).toMatchObject({ messages: 2, delivered: 1, handled: 0 });
    await messages.next();
    expect(pending).toMatchObject({ messages: 1, delivered: 2, handled: 1 });
    const last = messages.next();
    expect(pending).toMatchObject({ messages: 0, delivered: 2, handled: 2 });
    accept("c");
    expect((await last).value?.string()).toBe("c");
    expect(pending).toMatchObject({ messages: 1, delivered: 3, handled: 2 });
  });

  test("that is left ends the subscription and has handled its last message", async () => {
    const { messages, accept, pending, left } = deliver();
    accept("a", "b");
    for await (const message of messages) if (message.string() === "a") break;
    expect({ left: left(), handled: pending.handled }).toEqual({ left: 1, handled: 1 });
    expect(await messages.next()).toEqual({ value: undefined, done: true });
  });

  test("that is left while it waits gets the end", async () => {
    const { messages } = deliver();
    const waiting = messages.next();
    await messages.return();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  test("throws why the subscription failed, after what was queued", async () => {
    const { messages, accept, delivery } = deliver();
    const seen: string[] = [];
    accept("a");
    delivery.finish(failure);
    const loop = async (): Promise<void> => {
      for await (const message of messages) seen.push(message.string());
    };
    await expect(loop()).rejects.toMatchObject({ code: failure.code, message: failure.message });
    expect(seen).toEqual(["a"]);
  });

  test("throws also if it waits when the subscription fails", async () => {
    const { messages, delivery } = deliver();
    const waiting = messages.next();
    delivery.finish(failure);
    await expect(waiting).rejects.toMatchObject({ code: failure.code, message: failure.message });
  });

  test("may share the messages with another, each goes to one", async () => {
    const { messages, delivery, accept } = deliver();
    const other = new MessageIterator(delivery, () => undefined);
    const both = [messages.next(), other.next()];
    accept("a", "b");
    expect((await Promise.all(both)).map(({ value }) => value?.string())).toEqual(["a", "b"]);
  });

  test("has handled all its messages also if it asked for several before any came [MSGQ-03]", async () => {
    const { messages, accept, pending } = deliver();
    const asked = [messages.next(), messages.next(), messages.next()];
    accept("a", "b", "c");
    expect((await Promise.all(asked)).map(({ value }) => value?.string())).toEqual(["a", "b", "c"]);
    void messages.next();
    expect(pending).toMatchObject({ messages: 0, delivered: 3, handled: 3 });
  });
});

describe("a loop over batches", () => {
  test("gets all that is queued at once, up to the limit", async () => {
    const { batches, accept, pending } = deliver(2);
    accept("a", "b", "c");
    expect(texts((await batches.next()).value!)).toEqual(["a", "b"]);
    expect(pending.handled).toBe(0);
    expect(texts((await batches.next()).value!)).toEqual(["c"]);
    expect(pending.handled).toBe(2);
  });

  test("that waits gets all that comes with the first message, up to the limit", async () => {
    const { batches, accept, pending } = deliver(3);
    const waiting = batches.next();
    accept("a", "b", "c", "d");
    expect(texts((await waiting).value!)).toEqual(["a", "b", "c"]);
    expect(pending).toMatchObject({ messages: 4, delivered: 3, handled: 0 });
    expect(texts((await batches.next()).value!)).toEqual(["d"]);
    expect(pending).toMatchObject({ messages: 1, delivered: 4, handled: 3 });
  });

  test("of one message each", async () => {
    const { batches, accept } = deliver(1);
    const waiting = batches.next();
    accept("a", "b");
    expect(texts((await waiting).value!)).toEqual(["a"]);
    expect(texts((await batches.next()).value!)).toEqual(["b"]);
  });

  test("counts a batch as handled as it was given, whatever is done to the array", async () => {
    const { batches, accept, pending } = deliver();
    accept("a", "b");
    const batch = (await batches.next()).value!;
    batch.length = 0;
    void batches.next();
    expect(pending).toMatchObject({ messages: 0, handled: 2 });
  });

  test("ends with the subscription, after what was queued", async () => {
    const { batches, accept, delivery } = deliver();
    accept("a");
    delivery.finish(undefined);
    const seen: string[] = [];
    for await (const batch of batches) seen.push(...texts(batch));
    expect(seen).toEqual(["a"]);
    expect(await batches.next()).toEqual({ value: undefined, done: true });
  });

  test("throws why the subscription failed, after what was queued", async () => {
    const { batches, accept, delivery } = deliver();
    accept("a");
    delivery.finish(failure);
    expect(texts((await batches.next()).value!)).toEqual(["a"]);
    await expect(batches.next()).rejects.toMatchObject({ code: failure.code, message: failure.message });
  });

  test("that waits gets the end, or why the subscription failed", async () => {
    const ended = deliver();
    const waiting = ended.batches.next();
    ended.delivery.finish(undefined);
    expect(await waiting).toEqual({ value: undefined, done: true });

    const failed = deliver();
    const rejected = failed.batches.next();
    failed.delivery.finish(failure);
    await expect(rejected).rejects.toMatchObject({ code: failure.code, message: failure.message });
  });

  test("that is left ends the subscription and has handled its last batch", async () => {
    const { batches, accept, pending, left } = deliver();
    accept("a", "b");
    for await (const batch of batches) if (batch.length === 2) break;
    expect({ left: left(), handled: pending.handled }).toEqual({ left: 1, handled: 2 });
  });

  test("has handled all its messages also if it asked for several before any came [MSGQ-03]", async () => {
    const { batches, accept, pending } = deliver();
    const asked = [batches.next(), batches.next()];
    accept("a");
    accept("b");
    await Promise.all(asked);
    void batches.next();
    expect(pending).toMatchObject({ messages: 0, delivered: 2, handled: 2 });
  });
});
