import { describe, expect, test } from "vitest";
import { connect, type Connection, type ReconnectOptions } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { useServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { refusedPort } from "../support/refused-port.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const access = useServer();

/** The stack of what a call rejects with, for one who awaits it, which is what applications log. */
async function stackOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await theCaller(call);
  } catch (error) {
    return (error as Error).stack ?? "";
  }
  throw new Error("it did not fail");
}

/** A function to be found in the stack. */
async function theCaller(call: () => Promise<unknown>): Promise<void> {
  await call();
}

async function expectCaller(code: string, call: () => Promise<unknown>): Promise<void> {
  const error = await theCaller(call).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code });
  const stack = await stackOf(call);
  expect(stack).toContain("theCaller");
  expect(stack).toContain("caller-stack.test.ts");
}

/** Over a proxy that loses the link, for good. */
async function withoutLink(
  body: (nc: Connection) => Promise<void>,
  reconnect: ReconnectOptions = QUICK_RECONNECT,
): Promise<void> {
  await using proxy = await Proxy.start(access.server.port);
  await using nc = await connect({ servers: proxy.url, reconnect });
  const log = new EventLog(nc);
  proxy.refuse();
  proxy.cut();
  await log.wait("disconnected");
  await body(nc);
}

describe("the stack of a failure holds the line that awaited", () => {
  test("connect()", async () => {
    const port = await refusedPort();
    await expectCaller("CONNECTION_REFUSED", () => connect(`nats://127.0.0.1:${port}`));
    await expectCaller("INVALID_OPTION", () => connect({ naem: "x" } as object));
    await expectCaller("INVALID_SERVER_URL", () => connect("http://127.0.0.1"));
    await expectCaller("INVALID_OPTION", () => connect({ tls: { caFile: "/no/such/file" } }));
    await expectCaller("INVALID_OPTION", () => connect({ websocket: { headers: 7 as never } }));
    await expectCaller("ABORTED", () =>
      connect({ servers: access.url, signal: AbortSignal.abort("enough") }),
    );
  });

  test("connect(), refused by the server", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      peer.send('INFO {"server_id":"x","max_payload":1024}\r\n');
      await peer.expect("CONNECT");
      await peer.expect("PING");
      peer.send("-ERR 'Authorization Violation'\r\n");
    });
    await expectCaller("AUTHORIZATION_VIOLATION", () => connect(server.url));
  });

  test.each([false, true])("request() (own inbox: %s)", async (ownInbox) => {
    await using nc = await connect(access.url);
    nc.subscribe("silent");
    await expectCaller("TIMEOUT", () => nc.request("silent", "x", { timeout: 10, ownInbox }));
    await expectCaller("NO_RESPONDERS", () => nc.request("nobody", "x", { timeout: NEVER, ownInbox }));
    await expectCaller("ABORTED", () => {
      const signal = AbortSignal.timeout(10);
      return nc.request("silent", "x", { timeout: NEVER, signal, ownInbox });
    });
    await expectCaller("INVALID_SUBJECT", () => nc.request("not valid", "x"));
    await expectCaller("MAX_PAYLOAD_EXCEEDED", () => nc.request("silent", new Uint8Array(2 ** 21)));
  });

  test("request() whose link is lost, whose connection is closed, or which finds no room", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    nc.subscribe("silent");
    await expectCaller("DISCONNECTED", async () => {
      await nc.flush();
      setImmediate(() => proxy.cut());
      await nc.request("silent", "x", { timeout: NEVER });
    });
    let other: Connection;
    await expectCaller("CONNECTION_CLOSED", async () => {
      other = await connect(access.url);
      other.subscribe("silent");
      setImmediate(() => void other.close());
      await other.request("silent", "x", { timeout: NEVER });
    });
    await expectCaller("CONNECTION_CLOSED", () => other.request("silent"));
    await withoutLink(async (lonely) => {
      await expectCaller("TIMEOUT", () => lonely.request("silent", "x", { timeout: 10 }));
    });
  });

  test("many requests together: each its own", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("silent");
    const stacks = await Promise.all(
      [1, 2, 3].map(() => stackOf(() => nc.request("silent", "x", { timeout: 10 }))),
    );
    for (const stack of stacks) expect(stack).toContain("theCaller");
    await expectCaller("TIMEOUT", () =>
      Promise.all([1, 2].map(() => nc.request("silent", "x", { timeout: 10 }))),
    );
  });

  test("requestMany()", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("silent");
    await expectCaller("NO_RESPONDERS", async () => {
      for await (const response of nc.requestMany("nobody")) expect.unreachable(response.subject);
    });
    await expectCaller("ABORTED", async () => {
      const signal = AbortSignal.timeout(10);
      for await (const response of nc.requestMany("silent", "x", { maxWait: NEVER, signal })) {
        expect.unreachable(response.subject);
      }
    });
  });

  test("a loop and its batches, when the connection ends with an error", async () => {
    await withoutLink(
      async (nc) => {
        const [one, other] = [nc.subscribe("a"), nc.subscribe("b")];
        const stacks = Promise.all([
          stackOf(async () => {
            for await (const message of one) expect.unreachable(message.subject);
          }),
          stackOf(async () => {
            for await (const batch of other.batches()) expect.unreachable(`${batch.length}`);
          }),
        ]);
        for (const stack of await stacks) expect(stack).toContain("theCaller");
      },
      { ...QUICK_RECONNECT, maxAttempts: 3 },
    );
  });

  test("flush(), rtt(), ready(), reconnect(), next()", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("silent");
    const signal = AbortSignal.abort("enough");
    await expectCaller("TIMEOUT", () => sub.next({ timeout: 5 }));
    await expectCaller("ABORTED", () => sub.next({ signal: AbortSignal.timeout(5) }));
    await expectCaller("ABORTED", () => nc.flush({ signal }));
    await expectCaller("ABORTED", () => nc.rtt({ signal }));
    await expectCaller("ABORTED", () => nc.reconnect({ signal }));
    await withoutLink(async (lonely) => {
      await expectCaller("TIMEOUT", () => lonely.flush({ timeout: 5 }));
      await expectCaller("TIMEOUT", () => lonely.reconnect({ timeout: 5 }));
      await expectCaller("DISCONNECTED", () => lonely.rtt());
    });
    await withoutLink(async (lonely) => {
      lonely.publish("x", new Uint8Array(2 ** 20));
      for (let i = 0; i < 7; i++) lonely.publish("x", new Uint8Array(2 ** 20 - 1));
      await expectCaller("TIMEOUT", () => lonely.ready({ timeout: 5 }));
      const flushes = [1, 2, 3].map(() => stackOf(() => lonely.flush({ timeout: NEVER })));
      const turns = [1, 2, 3].map(() => stackOf(() => lonely.ready({ timeout: NEVER })));
      setImmediate(() => void lonely.close());
      for (const stack of await Promise.all([...flushes, ...turns])) expect(stack).toContain("theCaller");
    });
    sub.unsubscribe();
    await expectCaller("SUBSCRIPTION_CLOSED", () => sub.next());
    await nc.close();
    await expectCaller("CONNECTION_CLOSED", () => nc.flush());
    await expectCaller("CONNECTION_CLOSED", () => nc.ready());
    await expectCaller("CONNECTION_CLOSED", () => nc.drain());
    await expectCaller("CONNECTION_CLOSED", () => nc.barrier());
    await expectCaller("CONNECTION_CLOSED", () => nc.reconnect());
  });
});
