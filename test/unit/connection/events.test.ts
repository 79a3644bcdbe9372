import { describe, expect, test } from "vitest";
import { EventHub } from "../../../src/core/connection/event-hub.ts";
import type { ConnectionEvent } from "../../../src/core/connection/events.ts";
import { ConnectionError } from "../../../src/core/errors.ts";

const MAX_WAITING = 1024;

const error = new ConnectionError("SERVER_ERROR", "x");
const closed: ConnectionEvent = { type: "closed", error: undefined, lost: { messages: 0, bytes: 0 } };
const lameDuck = (server: string): ConnectionEvent => ({ type: "lameDuck", server });

/** Lets all that is told be heard. */
function heard(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("listeners", () => {
  test("hear the events of their type, in order [CB-05]", async () => {
    const hub = new EventHub();
    const seen: unknown[] = [];
    hub.on("lameDuck", ({ server }) => void seen.push(server));
    hub.on("discovered", ({ servers }) => void seen.push(servers));
    hub.emit(lameDuck("a"));
    hub.emit({ type: "discovered", servers: ["b"], left: [] });
    hub.emit({ type: "error", error });
    hub.emit(lameDuck("c"));
    await heard();
    expect(seen).toEqual(["a", ["b"], "c"]);
  });

  test("are never called from within the call that causes the event [CB-04]", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    hub.on("lameDuck", ({ server }) => {
      seen.push(server);
      if (server === "a") hub.emit(lameDuck("b"));
      seen.push(`${server} is told`);
    });
    hub.emit(lameDuck("a"));
    expect(seen).toEqual([]);
    await heard();
    expect(seen).toEqual(["a", "a is told", "b", "b is told"]);
  });

  test("are awaited, one event at a time, and hold up no other [CB-02] [CB-03]", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    const release: (() => void)[] = [];
    hub.on("lameDuck", async ({ server }) => {
      seen.push(`${server} begins`);
      await new Promise<void>((resolve) => release.push(resolve));
      seen.push(`${server} ends`);
    });
    hub.on("lameDuck", ({ server }) => void seen.push(`second of ${server}`));
    hub.emit(lameDuck("a"));
    hub.emit(lameDuck("b"));
    await heard();
    expect(seen).toEqual(["a begins", "second of a", "second of b"]);
    release[0]!();
    await heard();
    expect(seen.slice(3)).toEqual(["a ends", "b begins"]);
    release[1]!();
    await heard();
    expect(seen.slice(5)).toEqual(["b ends"]);
  });

  test("that never settle silence nobody else, closed included [CB-02] [CB-05]", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    let calls = 0;
    const stuck = (): Promise<void> => {
      calls++;
      return new Promise(() => {});
    };
    hub.on("lameDuck", stuck);
    hub.on("closed", stuck);
    hub.on("lameDuck", ({ server }) => void seen.push(server));
    hub.on("closed", () => void seen.push("closed"));
    for (const server of ["a", "b"]) hub.emit(lameDuck(server));
    hub.emit(closed);
    await heard();
    expect(seen).toEqual(["a", "b", "closed"]);
    expect(calls).toBe(1);
  });

  test("that are added for several types hear all in order, one at a time [CB-03] [CB-05]", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    const slow = async ({ type }: ConnectionEvent): Promise<void> => {
      seen.push(`${type} begins`);
      await heard();
      seen.push(`${type} ends`);
    };
    for (const type of ["lameDuck", "error", "closed"] as const) hub.on(type, slow);
    hub.emit({ type: "error", error });
    hub.emit(lameDuck("a"));
    hub.emit(closed);
    for (let i = 0; i < 4; i++) await heard();
    const told = (type: string): string[] => [`${type} begins`, `${type} ends`];
    expect(seen).toEqual([...told("error"), ...told("lameDuck"), ...told("closed")]);
  });

  test("that are added by a listener hear from the next event on", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    hub.on("lameDuck", ({ server }) => {
      if (server === "a") hub.on("lameDuck", (event) => void seen.push(event.server));
    });
    hub.emit(lameDuck("a"));
    hub.emit(lameDuck("b"));
    await heard();
    expect(seen).toEqual(["b"]);
  });

  test("that are removed hear nothing more, also of what was emitted before [CB-07] [CB-11]", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    const listener = ({ server }: { server: string }): void => void seen.push(`1 ${server}`);
    hub.on("lameDuck", listener);
    const remove = hub.on("lameDuck", ({ server }) => void seen.push(`2 ${server}`));
    hub.emit(lameDuck("a"));
    await heard();
    hub.emit(lameDuck("b"));
    hub.off("lameDuck", listener);
    remove();
    await heard();
    expect(seen).toEqual(["1 a", "2 a"]);
  });

  test("that fail are told as errors, and the next are called", async () => {
    const hub = new EventHub();
    const seen: unknown[] = [];
    hub.on("lameDuck", () => {
      throw new RangeError("one");
    });
    hub.on("lameDuck", async () => {
      await Promise.reject(new RangeError("two"));
    });
    hub.on("lameDuck", ({ server }) => void seen.push(server));
    hub.on("error", (event) => void seen.push(event.error));
    hub.emit(lameDuck("a"));
    await heard();
    expect(seen).toMatchObject([
      "a",
      { code: "LISTENER_FAILED", cause: { message: "one" } },
      { code: "LISTENER_FAILED", cause: { message: "two" } },
    ]);
  });

  test("of errors that fail are not told of it for ever", async () => {
    const hub = new EventHub();
    let calls = 0;
    hub.on("error", () => {
      calls++;
      throw new RangeError("again");
    });
    hub.emit({ type: "error", error });
    await heard();
    expect(calls).toBe(1);
    hub.emit({ type: "error", error });
    await heard();
    expect(calls).toBe(2);
  });

  test("hear nothing after closed, also if one of them failed just before [CB-05]", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    hub.on("lameDuck", () => {
      throw new RangeError("no");
    });
    hub.on("error", ({ type }) => void seen.push(type));
    hub.on("closed", ({ type }) => void seen.push(type));
    hub.emit(lameDuck("a"));
    hub.emit(closed);
    await heard();
    expect(seen.at(-1)).toBe("closed");
  });

  test("that are too slow miss the oldest events, which is told with their number", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    let release!: () => void;
    hub.on("lameDuck", async ({ server }) => {
      seen.push(server);
      if (server === "first") await new Promise<void>((resolve) => (release = resolve));
    });
    hub.on("missed", ({ count }) => void seen.push(`missed ${count}`));
    hub.emit(lameDuck("first"));
    await heard();
    for (let i = 0; i < MAX_WAITING + 10; i++) hub.emit(lameDuck(String(i)));
    await heard();
    // As it begins to miss events, and as it comes back.
    expect(seen).toEqual(["first", "missed 1"]);
    release();
    await heard();
    expect(seen.slice(2, 4)).toEqual(["missed 9", "10"]);
    expect(seen).toHaveLength(3 + MAX_WAITING);
    expect(seen.at(-1)).toBe(String(MAX_WAITING + 9));
  });

  test("that never come back are told of too, with all that they missed, before closed", async () => {
    const hub = new EventHub();
    const seen: string[] = [];
    hub.on("lameDuck", () => new Promise<void>(() => {}));
    hub.on("missed", ({ count }) => void seen.push(`missed ${count}`));
    hub.on("closed", () => void seen.push("closed"));
    for (let i = 0; i < 1 + MAX_WAITING + 10; i++) hub.emit(lameDuck(String(i)));
    hub.emit(closed);
    await heard();
    expect(seen).toEqual(["missed 1", "missed 9", "closed"]);
  });

  test("hear how many events a first connect had no room for", async () => {
    const hub = new EventHub();
    const seen: ConnectionEvent[] = [];
    hub.hold();
    for (let i = 0; i < MAX_WAITING + 10; i++) hub.emit(lameDuck(String(i)));
    for (const type of ["missed", "lameDuck"] as const) hub.on(type, (event) => void seen.push(event));
    const events = hub.read();
    hub.release();
    await heard();
    expect(seen).toHaveLength(1 + MAX_WAITING);
    expect(seen.slice(0, 2)).toEqual([{ type: "missed", count: 10 }, lameDuck("10")]);
    expect((await events.next()).value).toEqual({ type: "missed", count: 10 });
    expect((await events.next()).value).toEqual(lameDuck("10"));
  });
});

describe("loops over events()", () => {
  test("get all events from now on, and end after closed", async () => {
    const hub = new EventHub();
    hub.emit(lameDuck("before"));
    const events = hub.read();
    hub.emit(lameDuck("a"));
    setImmediate(() => {
      hub.emit({ type: "error", error });
      hub.emit(closed);
      hub.emit(lameDuck("after"));
    });
    const seen: ConnectionEvent[] = [];
    for await (const event of events) seen.push(event);
    expect(seen).toEqual([lameDuck("a"), { type: "error", error }, closed]);
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  test("are independent of each other", async () => {
    const hub = new EventHub();
    const [one, two] = [hub.read(), hub.read()];
    hub.emit(lameDuck("a"));
    hub.emit(lameDuck("b"));
    expect((await one.next()).value).toEqual(lameDuck("a"));
    expect((await two.next()).value).toEqual(lameDuck("a"));
    expect((await one.next()).value).toEqual(lameDuck("b"));
  });

  test("may ask for several events before any comes", async () => {
    const hub = new EventHub();
    const events = hub.read();
    const asked = [events.next(), events.next(), events.next()];
    hub.emit(lameDuck("a"));
    hub.emit(closed);
    expect(await Promise.all(asked)).toEqual([
      { value: lameDuck("a"), done: false },
      { value: closed, done: false },
      { value: undefined, done: true },
    ]);
  });

  test("that are left get nothing more", async () => {
    const hub = new EventHub();
    const events = hub.read();
    hub.emit(lameDuck("a"));
    hub.emit(lameDuck("b"));
    for await (const event of events) if (event.type === "lameDuck") break;
    hub.emit(lameDuck("c"));
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  test("can be disposed, whether a loop has begun or not", async () => {
    const hub = new EventHub();
    const events = hub.read();
    hub.emit(lameDuck("a"));
    await events[Symbol.asyncDispose]();
    hub.emit(lameDuck("b"));
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  test("that are left while they wait get the end", async () => {
    const hub = new EventHub();
    const events = hub.read();
    const waiting = events.next();
    await events.return();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  test("that are too slow miss the oldest events, but never closed", async () => {
    const hub = new EventHub();
    const events = hub.read();
    for (let i = 0; i < MAX_WAITING + 10; i++) hub.emit(lameDuck(String(i)));
    hub.emit(closed);
    const seen: ConnectionEvent[] = [];
    for await (const event of events) seen.push(event);
    expect(seen).toHaveLength(1 + MAX_WAITING);
    expect(seen[0]).toEqual({ type: "missed", count: 11 });
    expect(seen[1]).toEqual(lameDuck("11"));
    expect(seen.at(-1)).toEqual(closed);
  });
});
