import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { startServer } from "../../src/server/index.ts";
import { EventLog } from "../support/event-log.ts";
import { RawClient } from "../support/raw-client.ts";
import { join, rawPeer, since } from "./faulty-peers.ts";

function hostOf(url: string): string {
  return new URL(url).host;
}

describe("servers that clients are told of", () => {
  test("those who are connected hear of them at once, those who come later with the greeting", async () => {
    await using server = await startServer({ connectUrls: ["127.0.0.1:1"] });
    const raw = await rawPeer(server);
    expect(raw.received).toContain('"connect_urls":["127.0.0.1:1"]');
    const news = since(raw);
    server.setConnectUrls(["127.0.0.1:2", "127.0.0.1:3"]);
    await raw.until(/3"\].*\r\n/);
    expect(news()).toMatch(/^INFO .*"connect_urls":\["127\.0\.0\.1:2","127\.0\.0\.1:3"\]\} \r\n$/);
    const later = await rawPeer(server, "later");
    expect(later.received).toContain('"connect_urls":["127.0.0.1:2","127.0.0.1:3"]');
    server.setConnectUrls([]);
    await later.until(/INFO (?!.*connect_urls).*\r\n$/);
    for (const one of [raw, later]) one.destroy();
  });

  test("one that takes no INFO, or is not ready for it, is not told", async () => {
    await using server = await startServer();
    const port = Number(new URL(server.url).port);
    const [old, early] = [await RawClient.connect(port), await RawClient.connect(port)];
    await old.until(/PONG\r\n/, 'CONNECT {"verbose":false}\r\nPING\r\n');
    await early.until(/\+OK\r\n/, 'CONNECT {"protocol":1}\r\n');
    server.setConnectUrls(["127.0.0.1:2"]);
    await old.until(/PONG[^]*PONG\r\n/, "PING\r\n");
    expect(old.received).not.toContain("connect_urls");
    // The INFO that comes with the first PONG says it.
    await early.until(/PONG\r\nINFO .*"connect_urls":\["127\.0\.0\.1:2"\].*\r\n/, "PING\r\n");
    expect(early.received.match(/INFO/g)).toHaveLength(2);
    for (const one of [old, early]) one.destroy();
  });

  test.each([true, false])("they outlive a restart, state kept: %s", async (keepState) => {
    await using server = await startServer();
    server.setConnectUrls(["127.0.0.1:2"]);
    await server.restart({ keepState });
    const raw = await rawPeer(server);
    expect(raw.received).toContain('"connect_urls":["127.0.0.1:2"]');
    raw.destroy();
  });

  test("an INFO of any length comes behind what was said before it", async () => {
    const urls = Array.from({ length: 6000 }, (_, i) => `127.0.0.1:${i}`);
    await using server = await startServer({ connectUrls: urls });
    const raw = await RawClient.connect(Number(new URL(server.url).port));
    await raw.until(/INFO .*\r\n/);
    const news = since(raw);
    await raw.until(/PONG[^]*PONG\r\n/, 'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\nPING\r\n');
    expect(news()).toMatch(/^PONG\r\nINFO .*\r\nPONG\r\n$/);
    raw.destroy();
  });

  test("what is no list of texts is refused", async () => {
    await using server = await startServer();
    for (const urls of [undefined, "127.0.0.1:2", [7]]) {
      const set = (): void => server.setConnectUrls(urls as unknown as string[]);
      expect(set).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });
});

test("a client discovers a second server, and goes there when the first one is gone", async () => {
  await using second = await startServer();
  const first = await startServer();
  await using nc = await join({ servers: first.url }, "app");
  const log = new EventLog(nc);
  const seen: string[] = [];
  nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
  await nc.flush();
  first.setConnectUrls([hostOf(second.url)]);
  await log.wait("discovered");
  await first.stop();
  await log.wait("reconnected");
  await nc.flush();
  await using other = await connect(second.url);
  other.publish("a", "hello");
  await other.flush();
  await nc.flush();
  expect(seen).toEqual(["hello"]);
  expect(hostOf(String(nc.server))).toBe(hostOf(second.url));
});
