import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { connect, headers, type Message } from "../../src/index.ts";
import { useServer } from "../support/nats-server.ts";

const access = useServer();

async function received(
  data: Uint8Array | string,
  options?: Parameters<typeof publish>[2],
): Promise<Message> {
  return await publish("shown.a", data, options);
}

async function publish(
  subject: string,
  data: Uint8Array | string,
  options?: { headers?: ReturnType<typeof headers>; reply?: string },
): Promise<Message> {
  await using nc = await connect(access.url);
  const sub = nc.subscribe("shown.*");
  nc.publish(subject, data, options);
  return await sub.next({ timeout: 10_000 });
}

describe("console.log shows", () => {
  test("of a message its subject, size and text", async () => {
    expect(inspect(await received("hello"))).toBe("Message { subject: 'shown.a', size: 5, data: 'hello' }");
  });

  test("of a message with all parts also reply and headers", async () => {
    const given = { reply: "back", headers: headers({ A: "1", B: ["2", "3"] }) };
    expect(inspect(await received("", given), { breakLength: Infinity })).toBe(
      "Message { subject: 'shown.a', reply: 'back', headers: MessageHeaders { A: '1', B: [ '2', '3' ] }, size: 0 }",
    );
  });

  test.each<[string, Uint8Array | string, string]>([
    ["bytes as hexadecimal digits", Uint8Array.of(0, 1, 255, 16), "'00 01 ff 10'"],
    ["the first 64 of many", "x".repeat(65), `'${"x".repeat(64)}…'`],
    ["text that is cut within a character", `${"x".repeat(63)}€`, `'${"x".repeat(63)}…'`],
    [
      "the first 64 of many bytes",
      new Uint8Array(65),
      `'${Array.from({ length: 64 }, () => "00").join(" ")}…'`,
    ],
    ["lines as one string", "a\r\n\tb", "'a\\r\\n\\tb'"],
  ])("of a payload %s", async (_what, data, shown) => {
    expect(inspect(await received(data), { breakLength: Infinity })).toContain(`data: ${shown}`);
  });

  test("of headers names and values", () => {
    expect(inspect(headers({ A: "1", B: ["2", "3"] }))).toBe("MessageHeaders { A: '1', B: [ '2', '3' ] }");
    expect(inspect({ a: { b: headers({ A: "1" }) } }, { depth: 1 })).toBe("{ a: { b: [MessageHeaders] } }");
  });

  test("of a subscription what it is for, how it fares and what waits", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const sub = nc.subscribe("shown.*", { queue: "q", max: 9, pending: { messages: 2 } });
    for (let i = 0; i < 3; i++) nc.publish("shown.a", "x");
    await nc.flush();
    await sub.next();
    expect(inspect(sub, { breakLength: Infinity })).toBe(
      "Subscription { subject: 'shown.*', queue: 'q', sid: 1, state: 'active', max: 9, received: 3, delivered: 1, dropped: 1, pending: { messages: 1, bytes: 1 } }",
    );
  });
});

describe("a message", () => {
  test("names its subscription, by callback, loop and next; the response to a request has none", async () => {
    await using nc = await connect(access.url);
    const subs: unknown[] = [];
    const called = nc.subscribe("named", { callback: (m) => void subs.push(m.subscription) });
    const read = nc.subscribe("named", { max: 2 });
    nc.publish("named");
    nc.publish("named");
    subs.push((await read.next()).subscription);
    for await (const m of read) subs.push(m.subscription);
    expect(subs).toEqual([called, called, read, read]);
    nc.subscribe("echo", { callback: (m) => m.respond() });
    expect((await nc.request("echo")).subscription).toBeUndefined();
  });
});

describe("a subscription", () => {
  test("counts what was received, what was delivered and what was dropped", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const sub = nc.subscribe("counted", { pending: { messages: 3 } });
    for (let i = 0; i < 5; i++) nc.publish("counted");
    await nc.flush();
    await sub.next();
    expect([sub.received, sub.delivered, sub.dropped]).toEqual([5, 1, 2]);
  });
});

describe("console.log of a connection shows", () => {
  const strict = useServer({ config: `authorization { user: "joe", password: "s3cret" }` });

  test("its state, its server and its counts, and no secrets", async () => {
    const nc = await connect({ servers: strict.url, user: "joe", password: "s3cret", name: "billing" });
    nc.subscribe("greet");
    nc.publish("greet", "hello");
    await nc.flush();
    const shown = inspect(nc);
    expect(shown).toMatch(/^Connection \{/);
    const parts = ["name: 'billing'", "state: 'connected'", nc.server!, "subscriptions: 1", "outMessages: 1"];
    for (const part of parts) expect(shown).toContain(part);
    expect(inspect(nc, { depth: 8, showHidden: true })).not.toContain("s3cret");
    expect(inspect({ a: { b: { nc } } }, { depth: 2 })).toContain("[Connection]");
    await nc.close();
    expect(inspect(nc)).toContain("state: 'closed'");
  });

  test("of an error its code and its facts, and no secrets", async () => {
    const error = await connect({ servers: strict.url, user: "joe", password: "wr0ng" }).catch(
      (thrown: unknown) => thrown,
    );
    const shown = inspect(error, { depth: 8, showHidden: true });
    expect(shown).toContain("AUTHORIZATION_VIOLATION");
    expect(shown).toContain(strict.url);
    expect(shown).not.toContain("wr0ng");
  });
});
