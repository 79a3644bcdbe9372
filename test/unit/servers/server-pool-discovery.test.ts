import { bytesInUse } from "../../support/memory.ts";
import { describe, expect, test } from "vitest";
import { ServerPool } from "../../../src/core/servers/server-pool.ts";

/** A pool that is connected to its first server. */
function connected(urls: string[], shuffles = false, schemes = ["nats", "wss"]): ServerPool {
  const pool = new ServerPool(urls, { dialable: schemes, default: "nats" }, shuffles);
  pool.onConnected(pool.servers[0]!);
  return pool;
}

describe("the cluster's list in an INFO", () => {
  test("adds servers that are not known, under the scheme in use [POOL-11] [POOL-24]", () => {
    const pool = connected(["nats://a:1"]);
    expect(pool.discover(["a:1", "b:2", "[::1]:3"]).added).toEqual(["nats://b:2", "nats://[::1]:3"]);
    expect(pool.urls).toEqual(["nats://a:1", "nats://b:2", "nats://[::1]:3"]);
    expect(pool.servers.map(({ isDiscovered }) => isDiscovered)).toEqual([false, true, true]);
  });

  test("changes nothing when it is empty [POOL-20]", () => {
    const pool = connected(["nats://a:1"]);
    pool.discover(["b:2"]);
    expect(pool.discover([]).added).toEqual([]);
    expect(pool.urls).toEqual(["nats://a:1", "nats://b:2"]);
  });

  test("compares addresses as text [POOL-21]", () => {
    const pool = connected(["nats://localhost:4222"]);
    expect(pool.discover(["127.0.0.1:4222", "localhost:4222"]).added).toEqual(["nats://127.0.0.1:4222"]);
  });

  test("removes discovered servers that it no longer names, and never those of the options [POOL-22] [SC-23]", () => {
    const pool = connected(["nats://a:1", "nats://x:9"]);
    pool.discover(["a:1", "b:2", "c:3"]);
    expect(pool.discover(["a:1", "c:3"]).added).toEqual([]);
    expect(pool.urls).toEqual(["nats://a:1", "nats://x:9", "nats://c:3"]);
  });

  test("keeps the server in use even if it does not name it [POOL-22]", () => {
    const pool = connected(["nats://a:1"]);
    pool.discover(["b:2"]);
    pool.onConnected(pool.servers[1]!);
    pool.discover(["c:3"]);
    expect(pool.urls).toEqual(["nats://a:1", "nats://b:2", "nats://c:3"]);
    pool.onConnected(pool.servers[0]!);
    pool.discover(["c:3"]);
    expect(pool.urls).toEqual(["nats://a:1", "nats://c:3"]);
  });

  test("leaves what is remembered of known servers alone [POOL-23]", () => {
    const pool = connected(["nats://a:1", "nats://b:2"]);
    const b = pool.servers[1]!;
    b.attempts = 5;
    pool.discover(["a:1", "b:2"]);
    expect(pool.servers[1]).toBe(b);
    expect(b.attempts).toBe(5);
  });

  test("that names an address twice adds it once [POOL-23]", () => {
    const pool = connected(["nats://a:1"]);
    expect(pool.discover(["b:2", "b:2"]).added).toEqual(["nats://b:2"]);
    expect(pool.urls).toEqual(["nats://a:1", "nats://b:2"]);
  });

  test("tells of a server that leaves, and adds it anew when it comes back [POOL-26] [SC-23]", () => {
    const pool = connected(["nats://a:1"]);
    pool.discover(["b:2"]);
    pool.servers[1]!.attempts = 5;
    expect(pool.discover(["a:1"])).toEqual({ added: [], left: ["nats://b:2"] });
    expect(pool.discover(["a:1", "b:2"])).toEqual({ added: ["nats://b:2"], left: [] });
    expect(pool.urls).toEqual(["nats://a:1", "nats://b:2"]);
    expect(pool.servers[1]!.attempts).toBe(0);
  });

  test("shuffles all but the first server when there is news [POOL-25]", () => {
    const listed = Array.from({ length: 8 }, (_, i) => `s${i}:4222`);
    const seconds = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const pool = connected(["nats://a:1"], true);
      pool.discover(listed);
      expect(pool.urls[0]).toBe("nats://a:1");
      expect(pool.urls.slice(1).sort()).toEqual(listed.map((address) => `nats://${address}`).sort());
      seconds.add(pool.urls[1]!);
    }
    expect(seconds.size).toBeGreaterThan(1);
  });

  test("shuffles nothing without news, nor without randomize [POOL-25] [OPT-15]", () => {
    const listed = Array.from({ length: 8 }, (_, i) => `s${i}:4222`);
    const pool = connected(["nats://a:1"], true);
    pool.discover(listed);
    const before = pool.urls;
    for (let i = 0; i < 20; i++) pool.discover(listed);
    expect(pool.urls).toEqual(before);

    const inOrder = connected(["nats://a:1"], false);
    inOrder.discover(listed);
    expect(inOrder.urls.slice(1)).toEqual(listed.map((address) => `nats://${address}`));
  });

  test("passes over what is no address, and adds the others [POOL-14]", () => {
    const pool = connected(["nats://a:1"]);
    expect(pool.discover(["", "b", ":2", "c d:3", "e:99999", "f:x", "h:0", "g:7", "i:65535"]).added).toEqual([
      "nats://g:7",
      "nats://i:65535",
    ]);
    expect(pool.urls).toEqual(["nats://a:1", "nats://g:7", "nats://i:65535"]);
  });

  test("hands the credentials in use on to the servers that it adds [POOL-12] [SC-36]", () => {
    const withUser = connected(["nats://joe:pw@a:1"]);
    withUser.discover(["b:2"]);
    expect(withUser.servers[1]).toMatchObject({ user: "joe", password: "pw", token: undefined });

    const withToken = connected(["nats://t0ken@a:1"]);
    withToken.discover(["b:2"]);
    expect(withToken.servers[1]).toMatchObject({ user: undefined, password: undefined, token: "t0ken" });
  });

  test("may name the standard port of a scheme [POOL-11] [POOL-24]", () => {
    const pool = connected(["wss://a:8443"]);
    expect(pool.discover(["b:443", "c:8443"]).added).toEqual(["wss://b:443", "wss://c:8443"]);
    expect(pool.urls).toEqual(["wss://a:8443", "wss://b:443", "wss://c:8443"]);
  });

  test("may name hosts in capitals again and again, under any scheme [POOL-23]", () => {
    const pool = connected(["wss://a:8443"]);
    pool.discover(["B:8443"]);
    const known = pool.servers[1];
    expect(pool.discover(["B:8443"]).added).toEqual([]);
    expect(pool.servers[1]).toBe(known);
  });
});

test("a discovered server that the application names itself is its own from then on [POOL-10] [POOL-22]", () => {
  const pool = new ServerPool(["nats://a:1"], { dialable: ["nats"], default: "nats" }, false);
  pool.discover(["b:2"]);
  expect(pool.discoveredUrls).toEqual(["nats://b:2"]);
  pool.replace(pool.parse(["nats://a:1", "nats://b:2"]));
  expect(pool.discoveredUrls).toEqual([]);
  pool.discover(["c:3"]);
  expect(pool.urls).toEqual(["nats://a:1", "nats://b:2", "nats://c:3"]);
});

test("remembers no more than the last list, however many there were [POOL-22]", async () => {
  const pool = connected(["nats://a:1"]);
  const list = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `server-${from + i}.example:4222`);
  pool.discover(list(0, 10));
  const before = await bytesInUse();
  for (let i = 1; i <= 100_000; i += 10) pool.discover(list(i, 10));
  expect(pool.servers).toHaveLength(11);
  // 100,000 addresses would be 10 MB and more.
  expect((await bytesInUse()) - before).toBeLessThan(2_000_000);
});

test("takes a list of 20,000 servers, twice, without comparing each with each [POOL-20]", () => {
  const pool = connected(["nats://a:1"]);
  const listed = Array.from({ length: 20_000 }, (_, i) => `s${i}:4222`);
  expect(pool.discover(listed).added).toHaveLength(20_000);
  expect(pool.discover(listed.toReversed())).toEqual({ added: [], left: [] });
});
