import { describe, expect, test } from "vitest";
import { BlockPool } from "../../../src/core/delivery/block-pool.ts";
import { CallbackDelivery, type MessageCallback } from "../../../src/core/delivery/callback-delivery.ts";
import { Pending } from "../../../src/core/delivery/pending.ts";
import type { Message } from "../../../src/core/message.ts";
import { aFrame, untold } from "../support/messages.ts";
import { noContext } from "../support/recorder.ts";

/** A callback delivery with what it told its subscription. */
function deliver(callback: MessageCallback, concurrency = 1) {
  const pending = new Pending({ messages: Infinity, bytes: Infinity, onFull: "drop-new" }, untold);
  const told: string[] = [];
  const errors: unknown[] = [];
  const delivery = new CallbackDelivery(callback, concurrency, noContext, new BlockPool(), pending, {
    onIdle: () => told.push("idle"),
    onHandlerError: (message, thrown) => {
      told.push(`error in ${message.string()}`);
      errors.push(thrown);
    },
  });
  const accept = (...payloads: string[]): void => {
    for (const payload of payloads) {
      const frame = aFrame(payload);
      pending.add(frame.payloadEnd - frame.payloadStart);
      delivery.accept(frame);
    }
  };
  return { delivery, pending, told, errors, accept };
}

/** A handler whose calls the test ends one by one. */
class Handler {
  readonly begun: string[] = [];
  readonly #running = new Map<string, PromiseWithResolvers>();

  readonly call = (message: Message): Promise<void> => {
    const name = message.string();
    this.begun.push(name);
    const { promise, ...ends } = withResolvers();
    this.#running.set(name, ends);
    return promise;
  };

  async end(name: string): Promise<void> {
    this.#running.get(name)!.resolve();
    await settled();
  }

  async fail(name: string, reason: unknown): Promise<void> {
    this.#running.get(name)!.reject(reason);
    await settled();
  }
}

interface PromiseWithResolvers {
  resolve(): void;
  reject(reason: unknown): void;
}

function withResolvers(): PromiseWithResolvers & { promise: Promise<void> } {
  let resolve!: () => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Lets all promises that are settled be heard. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("a handler that returns nothing", () => {
  test("is called at once for each message, in order [MSGQ-01]", () => {
    const seen: string[] = [];
    const { accept, pending, told } = deliver((message) => void seen.push(message.string()));
    accept("a", "b");
    expect(seen).toEqual(["a", "b"]);
    expect(pending).toMatchObject({ messages: 0, bytes: 0, delivered: 2, handled: 2 });
    expect(told).toEqual(["idle", "idle"]);
  });

  test("has its message in the books while it runs; delivered counts it already [MSGQ-03] [MSGQ-04]", () => {
    const seen: unknown[] = [];
    const { accept, pending } = deliver(() => void seen.push(structuredClone(pending)));
    accept("abc");
    expect(seen).toMatchObject([{ messages: 1, bytes: 3, delivered: 1, handled: 0 }]);
  });

  test("may throw: that is told, and the next message comes [MSGQ-09]", () => {
    const { accept, pending, told, errors } = deliver((message) => {
      if (message.string() === "bad") throw new RangeError("no");
    });
    accept("a", "bad", "b");
    expect(told).toEqual(["idle", "idle", "error in bad", "idle"]);
    expect(errors).toEqual([new RangeError("no")]);
    expect(pending).toMatchObject({ messages: 0, delivered: 3, handled: 3 });
  });

  test("may return anything else that is no promise", () => {
    const values: unknown[] = [0, "x", null, {}, JSON.parse('{"then":1}'), () => undefined];
    const { accept, pending } = deliver((() => values.shift()) as MessageCallback);
    accept("a", "b", "c", "d", "e", "f");
    expect(pending).toMatchObject({ messages: 0, delivered: 6 });
  });
});

describe("a handler that returns a promise", () => {
  test("gets the next message only when it has settled [MSGQ-01] [MSGQ-02]", async () => {
    const handler = new Handler();
    const { accept, pending, told } = deliver(handler.call);
    accept("a", "b", "c");
    await settled();
    expect(handler.begun).toEqual(["a"]);
    expect(pending).toMatchObject({ messages: 3, delivered: 1, handled: 0 });
    await handler.end("a");
    expect(handler.begun).toEqual(["a", "b"]);
    expect(pending).toMatchObject({ messages: 2, delivered: 2, handled: 1 });
    await handler.end("b");
    expect(told).toEqual([]);
    await handler.end("c");
    expect(told).toEqual(["idle"]);
  });

  test("may reject: that is told, and the next message comes [MSGQ-09]", async () => {
    const handler = new Handler();
    const { accept, told, errors } = deliver(handler.call);
    accept("a", "b");
    await handler.fail("a", "reason");
    expect({ told, errors, begun: handler.begun }).toEqual({
      told: ["error in a"],
      errors: ["reason"],
      begun: ["a", "b"],
    });
  });

  test("may run several times at once, no more often than concurrency says", async () => {
    const handler = new Handler();
    const { accept } = deliver(handler.call, 2);
    accept("a", "b", "c", "d");
    expect(handler.begun).toEqual(["a", "b"]);
    await handler.end("b");
    expect(handler.begun).toEqual(["a", "b", "c"]);
    await handler.end("c");
    await handler.end("a");
    expect(handler.begun).toEqual(["a", "b", "c", "d"]);
  });

  test("does not let a later message pass one that waits [MSGQ-01]", async () => {
    const begun: string[] = [];
    const release: (() => void)[] = [];
    const { accept } = deliver((message) => {
      begun.push(message.string());
      // Only the first is slow.
      if (begun.length === 1) return new Promise((resolve) => release.push(resolve));
      return undefined;
    });
    accept("a", "b");
    release[0]!();
    accept("c");
    await settled();
    expect(begun).toEqual(["a", "b", "c"]);
  });

  test("that settle at once, however many of them wait, are all handled", async () => {
    const gate = withResolvers();
    let count = 0;
    const { accept, delivery, pending } = deliver(() => {
      if (count++ === 0) return gate.promise;
      // oxlint-disable-next-line unicorn/no-thenable -- not every promise takes a turn to settle
      return { then: (onDone: () => void) => onDone() } as unknown as Promise<void>;
    });
    accept(...Array.from({ length: 50_000 }, () => "x"));
    const passed = delivery.barrier();
    gate.resolve();
    await passed;
    expect(pending).toMatchObject({ messages: 0, handled: 50_000 });
  });

  test("may return anything with a then, which is contained when it throws", () => {
    const { accept, pending, told, errors } = deliver(() => ({
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable that misbehaves is what is tested
      then: (): never => {
        throw new Error("then");
      },
    }));
    expect(() => accept("a")).not.toThrow();
    expect(told).toContain("error in a");
    expect(errors).toEqual([new Error("then")]);
    expect(pending).toMatchObject({ messages: 0, handled: 1 });
  });
});

describe("what waits for a busy handler", () => {
  test("can be dropped from the front, but not what is being handled", async () => {
    const handler = new Handler();
    const { accept, delivery } = deliver(handler.call);
    accept("a", "b", "c");
    expect(delivery.dropOldest()?.string()).toBe("b");
    await handler.end("a");
    expect(handler.begun).toEqual(["a", "c"]);
    expect(delivery.dropOldest()).toBeUndefined();
  });

  test("can be cut down to the oldest [SUB-35]", async () => {
    const handler = new Handler();
    const { accept, delivery } = deliver(handler.call);
    accept("a", "b", "c", "d");
    expect(delivery.truncate(1)).toEqual({ messages: 2, bytes: 2 });
    await handler.end("a");
    await handler.end("b");
    expect(handler.begun).toEqual(["a", "b"]);
  });

  test("is still handled after the input is over [DRAIN-05]", async () => {
    const handler = new Handler();
    const { accept, delivery, told } = deliver(handler.call);
    accept("a", "b");
    delivery.finish();
    await handler.end("a");
    await handler.end("b");
    expect(handler.begun).toEqual(["a", "b"]);
    expect(told).toEqual(["idle"]);
  });

  test("is given up when the subscription ends at once; the running handler finishes [SUB-21]", async () => {
    const handler = new Handler();
    const { accept, delivery, pending } = deliver(handler.call);
    accept("a", "b", "c");
    expect(delivery.abandon()).toBe(2);
    await handler.end("a");
    expect(handler.begun).toEqual(["a"]);
    expect(pending.handled).toBe(1);
  });
});
