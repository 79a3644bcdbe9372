import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { BlockPool } from "../../../src/core/delivery/block-pool.ts";
import { Pending } from "../../../src/core/delivery/pending.ts";
import { type Reader, ReaderDelivery } from "../../../src/core/delivery/reader-delivery.ts";
import { SubscriptionError } from "../../../src/core/errors.ts";
import { aFrame, texts, untold } from "../support/messages.ts";
import { noContext } from "../support/recorder.ts";

function deliver() {
  const pending = new Pending({ messages: Infinity, bytes: Infinity, onFull: "drop-new" }, untold);
  let idle = 0;
  const delivery = new ReaderDelivery(noContext, new BlockPool(), pending, {
    onIdle: () => idle++,
    onHandlerError: () => undefined,
  });
  const accept = (...payloads: string[]): void => {
    for (const payload of payloads) {
      const frame = aFrame(payload);
      pending.add(frame.payloadEnd - frame.payloadStart);
      delivery.accept(frame);
    }
  };
  return { delivery, pending, accept, idle: () => idle };
}

/** A reader that writes down what it gets. */
function aReader(notes: string[], name = "", isSettled = false): Reader {
  return {
    isSettled,
    onMessage: (message) => notes.push(`${name}${message.string()}`),
    onEnd: () => notes.push(`${name}end`),
  };
}

describe("messages that nobody waits for", () => {
  test("are queued until they are read, in order", () => {
    const { delivery, pending, accept } = deliver();
    accept("a", "b");
    expect(pending).toMatchObject({ messages: 2, delivered: 0 });
    expect(delivery.read()?.string()).toBe("a");
    expect(pending).toMatchObject({ messages: 2, delivered: 1, handled: 0 });
    expect(delivery.read()?.string()).toBe("b");
    expect(delivery.read()).toBeUndefined();
    expect(pending.delivered).toBe(2);
  });

  test("are read in batches of a limited size", () => {
    const { delivery, pending, accept } = deliver();
    accept("a", "b", "c");
    expect(texts(delivery.readBatch(2))).toEqual(["a", "b"]);
    expect(pending.delivered).toBe(2);
    expect(texts(delivery.readBatch(2))).toEqual(["c"]);
    expect(delivery.readBatch(2)).toEqual([]);
    expect(pending.delivered).toBe(3);
  });

  test("stay in the books until their reader is done with them [MSGQ-03]", () => {
    const { delivery, pending, accept, idle } = deliver();
    accept("a", "b");
    const [a, b] = [delivery.read()!, delivery.read()!];
    delivery.complete(a);
    expect({ messages: pending.messages, handled: pending.handled, idle: idle() }).toEqual({
      messages: 1,
      handled: 1,
      idle: 0,
    });
    delivery.complete(b);
    expect({ messages: pending.messages, handled: pending.handled, idle: idle() }).toEqual({
      messages: 0,
      handled: 2,
      idle: 1,
    });
  });

  test("can be dropped from the front and cut at the back", () => {
    const { delivery, accept } = deliver();
    accept("a", "b", "c", "d");
    expect(delivery.dropOldest()?.string()).toBe("a");
    expect(delivery.truncate(1)).toEqual({ messages: 2, bytes: 2 });
    expect(texts(delivery.readBatch(9))).toEqual(["b"]);
    expect(delivery.dropOldest()).toBeUndefined();
  });
});

describe("readers that wait", () => {
  test("get one message each, in the order in which they came", () => {
    const { delivery, accept } = deliver();
    const notes: string[] = [];
    delivery.wait(aReader(notes, "1:"));
    delivery.wait(aReader(notes, "2:"));
    accept("a", "b", "c");
    expect(notes).toEqual(["1:a", "2:b"]);
    expect(delivery.read()?.string()).toBe("c");
  });

  test("are passed over when they have given up", () => {
    const { delivery, accept } = deliver();
    const notes: string[] = [];
    delivery.wait(aReader(notes, "1:", true));
    delivery.wait(aReader(notes, "2:"));
    delivery.wait(aReader(notes, "3:", true));
    accept("a", "b");
    expect(notes).toEqual(["2:a"]);
    expect(delivery.read()?.string()).toBe("b");
  });

  test("are not kept when they have given up, however many there were", async () => {
    const { delivery } = deliver();
    const notes: string[] = [];
    const kept: WeakRef<Reader>[] = [];
    // As an application does that asks for a message with a timeout, over and over, while none comes.
    for (let i = 0; i < 1000; i++) {
      const reader = aReader(notes, "", true);
      kept.push(new WeakRef(reader));
      delivery.wait(reader);
    }
    await collectGarbage();
    expect(kept.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(100);
    expect(delivery.isExhausted).toBe(false);
  });
});

describe("the end", () => {
  const error = new SubscriptionError("SLOW_CONSUMER", "too slow");

  test("is told to those who wait, once [SUB-22] [NEXT-07]", () => {
    const { delivery } = deliver();
    const notes: string[] = [];
    delivery.wait(aReader(notes, "1:"));
    delivery.wait(aReader(notes, "2:"));
    delivery.finish(undefined);
    delivery.finish(error);
    expect(notes).toEqual(["1:end", "2:end"]);
    expect(delivery.error).toBeUndefined();
  });

  test("comes behind what is queued", () => {
    const { delivery, accept } = deliver();
    accept("a");
    delivery.finish(error);
    expect(delivery.isExhausted).toBe(false);
    expect(delivery.read()?.string()).toBe("a");
    expect(delivery.isExhausted).toBe(true);
    expect(delivery.error).toBe(error);
  });

  test("is told at once to those who come later", () => {
    const { delivery } = deliver();
    const notes: string[] = [];
    delivery.finish(undefined);
    delivery.wait(aReader(notes));
    expect(notes).toEqual(["end"]);
  });

  test("may give up what is queued, which it counts [SUB-21]", () => {
    const { delivery, accept } = deliver();
    const notes: string[] = [];
    accept("a", "b");
    expect(delivery.abandon(undefined)).toBe(2);
    expect(delivery.read()).toBeUndefined();
    delivery.wait(aReader(notes));
    expect(notes).toEqual(["end"]);
  });
});

async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // References that were looked at in this turn are kept to its end.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
}
