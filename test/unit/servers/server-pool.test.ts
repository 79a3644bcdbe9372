import { describe, expect, test } from "vitest";
import { type Backoff, ServerPool } from "../../../src/core/servers/server-pool.ts";
import type { Server } from "../../../src/core/servers/server.ts";
import { ArgumentError } from "../../../src/core/errors.ts";
import { thrownBy } from "../support/thrown.ts";

const SCHEMES = { dialable: ["nats", "tcp", "ws", "wss"], default: "nats" };

function pool(...urls: string[]): ServerPool {
  return new ServerPool(urls, SCHEMES, false);
}

function first(url: string): Server {
  return pool(url).servers[0]!;
}

describe("a server URL", () => {
  test.each([
    ["example.org", "nats://example.org:4222"],
    ["example.org:7777", "nats://example.org:7777"],
    ["example.org:", "nats://example.org:4222"],
    ["nats://example.org", "nats://example.org:4222"],
    ["nats://example.org:", "nats://example.org:4222"],
    ["NATS://example.org", "nats://example.org:4222"],
    ["127.0.0.1", "nats://127.0.0.1:4222"],
    ["[::1]", "nats://[::1]:4222"],
    ["[::1]:", "nats://[::1]:4222"],
    ["nats://[::1]", "nats://[::1]:4222"],
    ["nats://[::1]:7777", "nats://[::1]:7777"],
    ["tcp://example.org", "tcp://example.org:4222"],
    ["ws://example.org", "ws://example.org:80"],
    ["wss://example.org", "wss://example.org:443"],
    ["wss://example.org:443", "wss://example.org:443"],
    ["ws://example.org:8080", "ws://example.org:8080"],
    ["nats://example.org/", "nats://example.org:4222"],
  ])("%j is %j [URL-01] [URL-02] [URL-03] [URL-07]", (given, wanted) => {
    expect(pool(given).urls).toEqual([wanted]);
  });

  test.each([
    ["nats://a", "b", "nats://b:4222"],
    ["ws://a", "b:1", "ws://b:1"],
    ["ws://a,wss://b", "c:1", "wss://c:1"],
    ["ws://a", "wss://b:1", "wss://b:1"],
  ])("after %j, %j is %j [URL-10]", (old, given, wanted) => {
    const servers = pool(...old.split(","));
    servers.replace(servers.parse([given]));
    expect(servers.urls).toEqual([wanted]);
  });

  test.each([
    ["nats://a", "ws://b"],
    ["wss://a", "nats://b"],
  ])("after %j, %j is refused: one connection uses one kind [URL-10]", (old, given) => {
    expect(thrownBy(() => pool(old).parse([given]))).toMatchObject({ code: "INVALID_SERVER_URL" });
  });

  test("of IPv6 is dialled without its brackets [URL-03]", () => {
    expect(first("nats://[::1]:7777").address).toEqual({ scheme: "nats", host: "::1", port: 7777 });
  });

  test.each([
    ["nats://a:x", "nats://a:***"],
    ["nats://joe:s3cret,1", "nats://joe:***"],
    ["nats://joe:s3cret\n@127.0.0.1:99999", "nats://***@127.0.0.1:99999"],
    ["joe:s3@cret@h:x", "***@***"],
  ])("%j is refused as %j: what may be a password is not shown [URL-06] [R86]", (url, shown) => {
    const error = thrownBy(() => pool(url));
    expect(error).toMatchObject({ code: "INVALID_SERVER_URL", server: shown });
    expect(String(error)).not.toContain("cret");
  });

  test.each(["nats://", "nats://:4222", "nats://a b", "nats://a:99999", "nats://a:0", "::1"])(
    "%j is refused [URL-06]",
    (url) => {
      const error = thrownBy(() => pool(url));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ code: "INVALID_SERVER_URL", argument: "servers", server: url });
    },
  );

  test.each([
    ["nats://example.org/some/path", "nats://example.org/***"],
    ["nats://example.org:1?token=x", "nats://example.org:1/***"],
    ["nats://example.org#x", "nats://example.org/***"],
    ["ws://example.org/a#x", "ws://example.org/***"],
  ])("%j has something behind its host that no server of its kind has [URL-08]", (url, shown) => {
    expect(thrownBy(() => pool(url))).toMatchObject({ code: "INVALID_SERVER_URL", server: shown });
  });

  test.each(["nats:/127.0.0.1", "nats//127.0.0.1:4222", "wss:/example.org", "tls//example.org/x"])(
    "%j is told that a scheme ends with :// [URL-06]",
    (url) => {
      expect(String(thrownBy(() => pool(url)))).toContain('between scheme and host there is "://"');
    },
  );

  test("of a host that is called as a scheme is none of that [URL-06]", () => {
    expect(first("nats:4222").address).toEqual({ scheme: "nats", host: "nats", port: 4222 });
    expect(first("ws://nats/ws").address).toEqual({ scheme: "ws", host: "nats", port: 80, path: "/ws" });
  });

  test.each([
    ["nats://app:p@ss/w@127.0.0.1", "nats://***@127.0.0.1"],
    ["nats://app:p@ss/w@127.0.0.1:4222/x", "nats://***@127.0.0.1:4222/***"],
    ["app:p@ss?w@127.0.0.1", "***@127.0.0.1"],
    ["ws://app:1/2@127.0.0.1", "ws://***@127.0.0.1"],
    ["ws://app:1?2@127.0.0.1", "ws://***@127.0.0.1"],
    ["ws://app:1\\2@127.0.0.1", "ws://***@127.0.0.1"],
    ["nats://app:p@ss/w@w:x", "nats://***@***"],
  ])("%j, whose password ends the host too early, is refused as %j [URL-06] [R86]", (url, shown) => {
    const error = thrownBy(() => pool(url));
    expect(error).toMatchObject({ code: "INVALID_SERVER_URL", server: shown });
    expect(String(error)).not.toMatch(/ss|w@/);
  });

  test.each(["nats://joe:s3/cret@a:4222", "nats://joe:s3?cret@a", "joe:s3#cret@a", "nats://joe:s3@/cret@a"])(
    "%j, whose password ends the host too early, is told how that is written [URL-06]",
    (url) => {
      expect(() => pool(url)).toThrow(/in user info, \/ \? # and @ are written as %2F %3F %23 %40/);
    },
  );

  test.each(["::1", "::1:4222", "nats://fe80::1"])("%j is told to be written in brackets [URL-06]", (url) => {
    expect(() => pool(url)).toThrow(/in brackets, as in \[::1\]:4222/);
  });

  test("of HTTP is refused, naming what it may be meant to be [URL-04]", () => {
    expect(() => pool("http://a")).toThrow(/ws:\/\/ for a WebSocket/);
  });

  test("with a scheme that can't be dialled is refused, naming those that can [URL-04]", () => {
    expect(() => pool("http://a")).toThrow(/"http" can't be dialled here; nats, tcp, ws, wss can/);
  });

  test("that is refused does not show its password", () => {
    for (const url of [
      "nats://joe:secret@:4222",
      "joe:secret@a:x",
      "http://joe:secret@a",
      "nats://u:se@cret@a:0",
    ]) {
      const error = thrownBy(() => pool(url)) as ArgumentError;
      expect(error.code).toBe("INVALID_SERVER_URL");
      expect(JSON.stringify([error, error.message])).not.toMatch(/secret|cret/);
      expect(error.message).toContain("***@");
    }
  });
});

describe("the user info of a URL", () => {
  const infoOf = (url: string): Partial<Server> => {
    const { user, password, token } = first(url);
    return { user, password, token };
  };

  test.each([
    ["nats://a", undefined, undefined, undefined],
    ["nats://joe:pw@a", "joe", "pw", undefined],
    ["joe:pw@a", "joe", "pw", undefined],
    ["nats://joe:@a", "joe", "", undefined],
    ["joe:@a", "joe", "", undefined],
    ["nats://t0ken@a", undefined, undefined, "t0ken"],
    ["t0ken@a:4222", undefined, undefined, "t0ken"],
    ["nats://j%40e:p%3Aw%25@a", "j@e", "p:w%", undefined],
    ["nats://t%2Fk@a", undefined, undefined, "t/k"],
    ["nats://joe:p@w@a", "joe", "p@w", undefined],
  ])("of %j is a user with a password, or a token [AUTH-02] [URL-05]", (url, user, password, token) => {
    expect(infoOf(url)).toEqual({ user, password, token });
  });

  test("never shows in the list of servers [POOL-10]", () => {
    expect(pool("nats://joe:pw@a", "t0ken@b").urls).toEqual(["nats://a:4222", "nats://b:4222"]);
  });

  test("with a broken percent escape is refused", () => {
    expect(thrownBy(() => pool("nats://a%zz:b@c"))).toMatchObject({ code: "INVALID_SERVER_URL" });
  });
});

describe("the order of servers", () => {
  const names = Array.from({ length: 12 }, (_, i) => `nats://s${i}:4222`);

  test("is that of the options when nothing is shuffled [OPT-15] [POOL-01]", () => {
    expect(pool(...names).urls).toEqual(names);
  });

  test("is random otherwise, and nobody is lost [POOL-02]", () => {
    const orders = Array.from({ length: 20 }, () => new ServerPool(names, SCHEMES, true).urls);
    for (const order of orders) expect(order.toSorted()).toEqual(names.toSorted());
    expect(new Set(orders.map((order) => order[0])).size).toBeGreaterThan(1);
    expect(new Set(orders.map((order) => order.at(-1))).size).toBeGreaterThan(1);
  });

  test("keeps a URL that is given twice twice [POOL-04]", () => {
    const twice = pool("a", "a");
    expect(twice.urls).toEqual(["nats://a:4222", "nats://a:4222"]);
    expect(twice.servers[0]).not.toBe(twice.servers[1]);
  });
});

describe("pauses and attempts", () => {
  const backoff: Backoff = { maxAttempts: Infinity, delay: 100, maxDelay: 1000, jitter: 0 };
  const names = (servers: ServerPool): string[] => servers.servers.map(({ address }) => address.host);

  test("a server that failed is tried last, and not before its pause is over", () => {
    const servers = pool("a", "b");
    const [a, b] = [...servers.servers] as [Server, Server];
    expect(servers.next(0)).toBe(a);
    servers.onFailed(a, 0, backoff);
    expect(names(servers)).toEqual(["b", "a"]);
    expect(servers.next(0)).toBe(b);
    servers.onFailed(b, 20, backoff);
    expect(servers.next(30)).toBe(a);
    expect([a.notBefore, b.notBefore]).toEqual([100, 120]);
    expect(servers.next(500)).toBe(a);
  });

  test("when all pause, the one whose pause ends first is next", () => {
    const servers = pool("a", "b");
    const [a, b] = [...servers.servers] as [Server, Server];
    servers.onFailed(a, 0, { ...backoff, delay: 900 });
    servers.onFailed(b, 0, backoff);
    expect(servers.next(50)).toBe(b);
  });

  test("a pause is over at its very end", () => {
    const servers = pool("a", "b");
    const [a, b] = [...servers.servers] as [Server, Server];
    servers.onFailed(b, 0, { ...backoff, delay: 120 });
    servers.onFailed(a, 0, backoff);
    expect(names(servers)).toEqual(["b", "a"]);
    expect([servers.next(119), servers.next(120)]).toEqual([a, b]);
  });

  test("when the pauses of two end together, the first in order is next", () => {
    const servers = pool("a", "b");
    const [a, b] = [...servers.servers] as [Server, Server];
    servers.onFailed(b, 0, backoff);
    servers.onFailed(a, 0, backoff);
    expect(servers.next(50)).toBe(b);
  });

  test("each failure in a row doubles the pause, up to the longest", () => {
    const servers = pool("a");
    const [a] = servers.servers as [Server];
    const pauses = [1, 2, 3, 4, 5, 6, 7].map(() => {
      servers.onFailed(a, 0, backoff);
      return a.notBefore;
    });
    expect(pauses).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
    for (let i = 0; i < 5000; i++) servers.onFailed(a, 0, backoff);
    expect(a.notBefore).toBe(1000);
  });

  test("a delay of 0 means no pause, however often a server failed", () => {
    const servers = pool("a");
    const [a] = servers.servers as [Server];
    for (let i = 0; i < 2000; i++) servers.onFailed(a, 7, { ...backoff, delay: 0 });
    expect(a.notBefore).toBe(7);
  });

  test("jitter leaves its part of the pause to chance", () => {
    const pauses = Array.from({ length: 200 }, () => {
      const servers = pool("a");
      servers.onFailed(servers.servers[0]!, 0, { ...backoff, jitter: 0.4 });
      return servers.servers[0]!.notBefore;
    });
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(60);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(100);
    expect(new Set(pauses).size).toBeGreaterThan(1);
  });

  test("a server that is about to shut down is tried last for half a minute, and then in its turn [R22]", () => {
    const servers = pool("a", "b", "c");
    const [a, b, c] = [...servers.servers] as [Server, Server, Server];
    servers.onLameDuck(b, 1000);
    expect(names(servers)).toEqual(["a", "c", "b"]);
    servers.onLameDuck(a, 1000);
    servers.onFailed(c, 1000, { ...backoff, delay: 50 });
    expect(servers.next(1050)).toBe(c);
    expect(servers.next(1049)).toBe(b);
    expect(servers.next(31_000)).toBe(b);
  });

  test("a server leaves the pool when its attempts are used up [POOL-08]", () => {
    const servers = pool("a", "b");
    const [a, b] = [...servers.servers] as [Server, Server];
    const twice = { ...backoff, maxAttempts: 2 };
    servers.onFailed(a, 0, twice);
    servers.onFailed(b, 0, twice);
    servers.onFailed(a, 0, twice);
    expect(names(servers)).toEqual(["b"]);
    servers.onFailed(b, 0, twice);
    expect(servers.next(0)).toBeUndefined();
  });

  test("being connected gives a server its attempts back, and ends its pause [POOL-05]", () => {
    const servers = pool("a");
    const [a] = servers.servers as [Server];
    const twice = { ...backoff, maxAttempts: 2 };
    servers.onFailed(a, 0, twice);
    servers.onConnected(a);
    expect({ attempts: a.attempts, notBefore: a.notBefore }).toEqual({ attempts: 0, notBefore: 0 });
    servers.onFailed(a, 0, twice);
    expect(names(servers)).toEqual(["a"]);
  });

  test("the server whose link is lost is tried last, without a pause", () => {
    const servers = pool("a", "b");
    const [a, b] = [...servers.servers] as [Server, Server];
    servers.onConnected(a);
    servers.onLost(60_000, 5000, backoff);
    expect(names(servers)).toEqual(["b", "a"]);
    expect(servers.next(5000)).toBe(b);
    servers.onFailed(b, 5000, backoff);
    expect(servers.next(5000)).toBe(a);
  });

  test("links that break soon after each other make longer and longer pauses", () => {
    const servers = pool("a");
    const [a] = servers.servers as [Server];
    const pauses = [1, 2, 3, 4].map(() => {
      servers.onConnected(a);
      servers.onLost(10, 0, backoff);
      return a.notBefore;
    });
    expect(pauses).toEqual([0, 200, 400, 800]);
    servers.onConnected(a);
    servers.onLost(backoff.maxDelay, 0, backoff);
    expect(a.notBefore).toBe(0);
  });
});
