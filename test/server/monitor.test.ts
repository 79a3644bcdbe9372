import { connect as connectSocket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { startServer } from "../../src/server/index.ts";
import { expectSame, type ServerAtHand, withOurs } from "../support/both-servers.ts";
import { eventually } from "../support/eventually.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { RawClient } from "../support/raw-client.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";
import { useTls } from "../support/tls-server.ts";

const made = useTls();

const clients: RawClient[] = [];
afterEach(() => {
  for (const one of clients.splice(0)) one.destroy();
});

interface Json {
  readonly [name: string]: Json;
}

async function documentAt(server: ServerAtHand, path: string): Promise<Json> {
  const { status, type, origin, body } = await server.page(path);
  expect([status, type, origin]).toEqual([200, "application/json", "*"]);
  expect(body).toBe(JSON.stringify(JSON.parse(body), undefined, 2));
  return JSON.parse(body) as Json;
}

/** What a document is made of: the kinds of its values, by name; entries of a list by the kinds of each. */
function kinds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kinds);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, kinds(one)]));
}

/** A client that has said who it is, and what it has done until now. */
async function client(server: ServerAtHand, connect: object, operations: string): Promise<RawClient> {
  const raw = await RawClient.connect(server.port);
  clients.push(raw);
  const request = JSON.stringify({ verbose: false, protocol: 1, headers: true, ...connect });
  await raw.until("PONG", `CONNECT ${request}\r\n${operations}PING\r\n`);
  return raw;
}

/** One that publishes and one that subscribes, three messages of 5 bytes from one to the other. */
async function twoClients(server: ServerAtHand): Promise<void> {
  const first = await client(
    server,
    { name: "first", lang: "l", version: "1.2" },
    "SUB a 1\r\nSUB b.* q 2\r\nUNSUB 1 9\r\n",
  );
  await client(server, { name: "second" }, "PUB a 5\r\nhello\r\n".repeat(2) + "PUB b.c 5\r\nhello\r\n");
  await first.until(/(?:MSG.*\r\nhello\r\n){3}/);
  // nats-server counts what it has written as pending for a moment yet.
  await eventually(async () => {
    const { connections } = await documentAt(server, "/connz");
    const pending = (connections as unknown as { pending_bytes: number }[]).map((one) => one.pending_bytes);
    expect(pending).toEqual(pending.map(() => 0));
  });
}

describe("/varz", () => {
  /** What nats-server says of itself that only it can have. */
  const OWN = ["git_commit", "feature_flags"];

  const TLS = (): string => made.setup.config({ tls: made.setup.verify });

  test.each([
    ["nothing else", () => ""],
    ["users", () => "authorization { users: [{ user: a, password: x }] }, no_auth_user: a"],
    [
      "limits",
      () => "max_subscriptions: 7, max_connections: 9, max_payload: 100, ping_interval: 3000ms, ping_max: 4",
    ],
    ["TLS", () => TLS()],
    ["TLS for those who want it", () => made.setup.config({ more: "allow_non_tls: true" })],
    [
      "WebSocket",
      () =>
        'websocket { port: -1, host: "127.0.0.1", no_tls: true, same_origin: true, compression: true, allowed_origins: ["http://a"] }',
    ],
  ])("has the names and kinds of values that nats-server's has, with %s", async (_what, config) => {
    const settled = await expectSame(config(), async (server) => {
      const said = Object.entries(await documentAt(server, "/varz"));
      const document: Json = Object.fromEntries(said.filter(([name]) => !OWN.includes(name)));
      const settled = { ...document } as Record<string, unknown>;
      for (const name of [
        "server_id",
        "server_name",
        "go",
        "port",
        "http_port",
        "start",
        "now",
        "uptime",
        "mem",
        "cores",
        "gomaxprocs",
        "cpu",
        "subscriptions",
        // Whoever looked at the port before counts.
        "total_connections",
        "config_load_time",
        "config_digest",
        "host",
        "http_host",
      ]) {
        expect(document).toHaveProperty(name);
        delete settled[name];
      }
      if (Object.keys(document["websocket"]!).length > 0) {
        expect(document["websocket"]!["port"]).toBe(server.webSocketPort);
        settled["websocket"] = { ...document["websocket"], port: 0 };
      }
      settled["http_req_stats"] = document["http_req_stats"]!["/varz"];
      expect(document["port"]).toBe(server.port);
      return [kinds({ ...document, http_req_stats: {} }), settled];
    });
    expect(settled[1]).toMatchObject({ version: "2.15.2", connections: 0, http_req_stats: 1 });
  });

  test("counts what has passed", async () => {
    const seen = await expectSame("", async (server) => {
      await twoClients(server);
      const varz = await documentAt(server, "/varz");
      const names = [
        "connections",
        "in_msgs",
        "in_bytes",
        "out_msgs",
        "out_bytes",
        "in_client_msgs",
        "out_client_bytes",
        "slow_consumers",
      ];
      return names.map((name) => varz[name]);
    });
    expect(seen).toEqual([2, 3, 15, 3, 15, 3, 15, 0]);
  });
});

describe("/connz", () => {
  const VARYING = /^(?:port|start|stop|last_activity|uptime|idle|rtt)$/;

  /** Its document; of the connections those that have a name, without what differs from run to run. */
  async function connectionsAt(server: ServerAtHand, query = ""): Promise<unknown[]> {
    const { connections, ...page } = await documentAt(server, `/connz${query}`);
    const shown = (connections as unknown as Json[]).map((one) => {
      for (const [name, value] of Object.entries(one)) {
        if (VARYING.test(name)) (one as Record<string, unknown>)[name] = typeof value;
      }
      return one;
    });
    const ids = shown.map(({ cid }) => Number(cid)).sort((a, b) => a - b);
    for (const one of shown) {
      // Whoever looked at the port before has a number, too.
      (one as Record<string, unknown>)["cid"] = ids.indexOf(Number(one["cid"]));
      for (const list of [
        one["subscriptions_list_detail"] as unknown as Json[] | undefined,
        one["subscriptions_list"],
      ]) {
        // Go lists them by chance.
        (list as unknown as unknown[] | undefined)?.sort((a, b) =>
          JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
        );
      }
      for (const sub of (one["subscriptions_list_detail"] as unknown as Json[] | undefined) ?? [])
        (sub as Record<string, unknown>)["cid"] = typeof sub["cid"];
    }
    return [{ ...page, server_id: "", now: typeof page["now"] }, shown];
  }

  test.each([
    "",
    "?subs=1",
    "?subs=detail",
    "?auth=1",
    "?auth=true&subs=DETAIL",
    "?limit=1",
    "?offset=1",
    "?offset=9",
    "?offset=-1&limit=-1",
    "?sort=subs",
    "?sort=msgs_to",
    "?sort=msgs_from",
    "?sort=bytes_to",
    "?sort=bytes_from",
    "?sort=start",
    "?sort=uptime",
    "?cid=99",
    "?user=nobody",
    "?acc=$G",
  ])("shows what nats-server's shows, with %s", async (query) => {
    await expectSame("", async (server) => {
      await twoClients(server);
      return await connectionsAt(server, query);
    });
  });

  test("shows them all with ?sort=pending; with nothing pending the order is left to chance", async () => {
    await expectSame("", async (server) => {
      await twoClients(server);
      const { connections } = (await documentAt(server, "/connz?sort=pending")) as unknown as {
        connections: { name?: string }[];
      };
      return connections.flatMap(({ name }) => (name === undefined ? [] : [name])).sort();
    });
  });

  test("finds a connection by its number, and shows whose it is", async () => {
    const config = "accounts { A { users: [{ user: a, password: x }, { user: b, password: x }] } }";
    const seen = await expectSame(config, async (server) => {
      await client(server, { user: "a", pass: "x" }, "");
      const b = await client(server, { user: "b", pass: "x" }, "");
      const own = /"client_id":(\d+)/.exec(b.received)![1]!;
      return [
        await connectionsAt(server, `?cid=${own}&auth=1`),
        await connectionsAt(server, "?user=a&auth=1"),
        await connectionsAt(server, "?acc=A&auth=1"),
      ];
    });
    expect(JSON.stringify(seen[0])).toContain('"authorized_user":"b"');
    expect(JSON.stringify(seen[1])).toContain('"account":"A"');
  });

  test.each([
    ["of its own accord", "", "PING\r\n", "Client Closed"],
    ["for breaking the protocol", "", "FOO\r\n", "Protocol Violation"],
    ["for a message that is too large", "max_payload: 3", "PUB a 4\r\n", "Maximum Message Payload Exceeded"],
    [
      "for a line that is too long",
      "max_control_line: 100",
      `PUB ${"a".repeat(200)} 1\r\n`,
      "Maximum Control Line Exceeded",
    ],
    [
      "for its credentials",
      "authorization { token: t }",
      'CONNECT {"auth_token":"x"}\r\n',
      "Authentication Failure",
    ],
    ["for saying nothing", "authorization { token: t, timeout: 0.1 }", "", "Authentication Timeout"],
  ])("remembers who has gone %s", async (_how, config, operations, reason) => {
    const seen = await expectSame(config, async (server) => {
      const raw = await RawClient.connect(server.port);
      raw.socket.write(operations);
      if (operations === "PING\r\n") {
        await raw.until("PONG");
        raw.destroy();
      }
      await raw.closed;
      return await eventually(async () => {
        const closed = (await documentAt(server, "/connz?state=closed&sort=stop"))[
          "connections"
        ] as unknown as Json[];
        // A look at the port, before the test, ends by itself.
        const ends = closed.map((one) => one["reason"] as unknown as string);
        expect(ends).toContain(reason);
        const one = closed.find((candidate) => (candidate["reason"] as unknown) === reason)!;
        expect(typeof one["stop"]).toBe("string");
        return reason;
      });
    });
    expect(seen).toBe(reason);
  });

  test("shows those who are there and those who are gone together, with state=all", async () => {
    await withOurs("", async (server, itself) => {
      await twoClients(server);
      (await client(server, { name: "third" }, "")).destroy();
      await eventually(() => expect(itself.connections).toHaveLength(2));
      for (const state of ["all", "any"]) {
        const { connections, total } = await documentAt(server, `/connz?state=${state}`);
        expect(total).toBe(3);
        const shown = connections as unknown as Json[];
        expect(shown.map(({ name, reason }) => [name, reason])).toEqual([
          ["first", undefined],
          ["second", undefined],
          ["third", "Client Closed"],
        ]);
      }
    });
  });

  test("tells connections over WebSocket from others", async () => {
    const config = 'websocket { host: "127.0.0.1", port: -1, no_tls: true }';
    const types = await expectSame(config, async (server) => {
      using webSocket = await RawWebSocket.open(server.webSocketPort);
      await webSocket.exchange('CONNECT {"verbose":false}\r\nPING\r\n', "PONG");
      const { connections } = await documentAt(server, "/connz");
      return (connections as unknown as Json[]).map(({ type }) => type);
    });
    expect(types).toEqual(["websocket"]);
  });
});

describe("/subsz", () => {
  test("has the names and kinds of values that nats-server's has", async () => {
    await expectSame("", async (server) => kinds(await documentAt(server, "/subsz")));
    await expectSame("", async (server) => kinds(await documentAt(server, "/subscriptionsz")));
  });

  test.each([
    "?subs=1&test=a",
    "?subs=1&test=b.x",
    "?subs=1&test=nobody",
    "?subs=1&test=a&acc=$G",
    "?subs=1&test=a&acc=$SYS",
    "?subs=1&test=a&limit=1&offset=1",
    "?test=a",
  ])("finds who gets a message, with %s", async (query) => {
    await expectSame("", async (server) => {
      await twoClients(server);
      const { total, offset, limit, subscriptions_list } = await documentAt(server, `/subsz${query}`);
      const list = (subscriptions_list as unknown as Json[] | undefined)?.map(({ cid, ...one }) => [
        typeof cid,
        one,
      ]);
      return [total, offset, limit, list];
    });
  });

  test("counts as subscriptions come and go", async () => {
    await withOurs("", async (server) => {
      const before = await documentAt(server, "/subsz");
      await twoClients(server);
      const after = await documentAt(server, "/subsz?subs=true");
      expect(Number(after["num_subscriptions"]) - Number(before["num_subscriptions"])).toBe(2);
      expect(Number(after["num_inserts"]) - Number(before["num_inserts"])).toBe(2);
      expect(after).toMatchObject({ max_fanout: 1, total: 2 });
    });
  });
});

test.each([
  "/healthz",
  "/healthz?details=1",
  "/healthz?js-enabled-only=1",
  "/healthz?js-server-only=x",
  "/healthz?stream=s",
  "/healthz?account=a&consumer=c",
  "/healthz?stream=s&details=true",
  "/connz?auth=2",
  "/connz?subs=detailed",
  "/connz?offset=x&limit=y",
  "/connz?limit=99999999999999999999",
  "/connz?limit=1.5",
  "/connz?cid=-1",
  "/connz?cid=99999999999999999999",
  "/connz?state=gone",
  "/connz?sort=name",
  "/connz?sort=stop",
  "/connz?sort=reason&state=open",
  "/subsz?subs=maybe",
  "/subsz?test=a..b",
  "/subsz?test=*",
  "/nothing",
  "/varz/",
  "/VARZ",
])("%s is answered as nats-server does", async (path) => {
  const { status } = await expectSame("", (server) => server.page(path));
  expect([200, 400, 404]).toContain(status);
});

test.each(["POST", "HEAD", "DELETE"])("%s is answered, too", async (method) => {
  const page = await expectSame("", (server) => server.page("/healthz", method));
  expect(page.status).toBe(200);
});

test("the first page leads to the others", async () => {
  await expectSame("", async (server) => {
    const { status, type, body } = await server.page("/");
    const links = [...body.matchAll(/href="?\.(\/[a-z]+)/g)].map(([, path]) => path!);
    expect(links).toContain("/connz");
    if (server.isOurs) {
      for (const path of links) expect((await server.page(path)).status).toBe(200);
    }
    return [status, type];
  });
});

test("what is no address, or no HTTP, is refused, and harms nobody", async () => {
  await withOurs("", async (server, itself) => {
    const { port } = new URL(itself.monitorUrl);
    for (const request of [
      "GET //[ HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET //varz HTTP/1.1\r\nHost: a\r\n\r\n",
      "nonsense\r\n\r\n",
    ]) {
      const socket = connectSocket(Number(port), "127.0.0.1");
      socket.write(request);
      const [chunk] = (await new Promise((resolve) => socket.once("data", (data) => resolve([data])))) as [
        Buffer,
      ];
      expect(chunk.toString()).toMatch(/^HTTP\/1.1 40[04] /);
      socket.destroy();
    }
    expect((await server.page("/healthz")).status).toBe(200);
  });
});

test("the listener is gone with the server, also for those who are connected to it", async () => {
  await expectNoLeak(async () => {
    const server = await startServer({ monitor: {} });
    const { port } = new URL(server.monitorUrl);
    const idle = connectSocket(Number(port), "127.0.0.1");
    const closed = new Promise((resolve) => idle.once("close", resolve));
    await new Promise((resolve) => idle.once("connect", resolve));
    await server.stop();
    await closed;
  });
});
