import { describe, expect, test } from "vitest";
import { connect, headers, isNatsError } from "../../src/index.ts";
import { keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import type { Garble } from "../support/proxy-lane.ts";

const access = useServer();

/** Bytes in which no two neighbours are alike, CR and LF among them. */
function payloadOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

describe("a way that splits what is sent", () => {
  test.each([
    { pieces: 1, large: 3000 },
    { pieces: 2, large: 6000 },
    { pieces: 7, large: 20_000 },
    { pieces: 1461, large: 1_000_000 },
  ])("into pieces of $pieces bytes changes nothing, also after a reconnect", async ({ pieces, large }) => {
    await using proxy = await Proxy.start(access.server.port);
    proxy.split(pieces);
    await using nc = await connect({ servers: proxy.url, timeout: 20_000, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    const received: string[] = [];
    nc.subscribe("work", { callback: keepTexts(received) });
    nc.subscribe("echo", {
      callback: (m) => m.respond(m.data, m.headers === undefined ? {} : { headers: m.headers }),
    });
    for (const round of [1, 2]) {
      const sent = publishNumbers(nc, "work", 50);
      await nc.flush({ timeout: NEVER });
      expect(received.splice(0)).toEqual(sent);

      const payload = payloadOf(large);
      const options = { headers: headers({ "X-Round": String(round) }), timeout: NEVER };
      const response = await nc.request("echo", payload, options);
      expect(Buffer.compare(response.data, payload)).toBe(0);
      expect(response.headers?.get("X-Round")).toBe(String(round));
      const many = nc.requestMany("echo", "x", { maxMessages: 1, maxWait: NEVER });
      expect((await many.next()).value?.string()).toBe("x");
      expect((await failure(nc.request("nobody", "", { timeout: NEVER }))).code).toBe("NO_RESPONDERS");
      if (round === 2) break;
      proxy.cut();
      await log.wait("reconnected");
    }
    expect(log.types).toEqual(["disconnected", "reconnecting", "reconnected"]);
    expect(await nc.drain({ timeout: NEVER })).toMatchObject({ abandoned: 0, timedOut: false });
  });
});

/** Garblings that break what stands around the payloads; one that changed only these nobody could notice. */
const GARBLES: [title: string, garble: (chunk: Buffer) => Uint8Array][] = [
  ["lets no letter through", (chunk) => chunk.map((byte) => (byte === 13 || byte === 10 ? byte : 0x3f))],
  ["swallows the first byte of each chunk", (chunk) => chunk.subarray(1)],
  ["swallows all but the last bytes of each chunk", (chunk) => chunk.subarray(-3)],
  ["adds to each chunk", (chunk) => Buffer.concat([Buffer.from("\u0000\u00ff+?\r\n", "latin1"), chunk])],
  ["sends what nobody has said", () => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
];

describe.each(["up", "down"] as const)("a way that garbles what goes %s", (direction) => {
  test.each(GARBLES)(
    "and %s is left with an error, and all goes on when it is sound again",
    async (_, garble) => {
      await using proxy = await Proxy.start(access.server.port);
      await using boss = await connect(access.url);
      await using nc = await connect({
        servers: proxy.url,
        timeout: 500,
        pingInterval: 300,
        maxPingsOut: 2,
        reconnect: QUICK_RECONNECT,
      });
      const log = new EventLog(nc);
      const [received, arrived]: [string[], string[]] = [[], []];
      nc.subscribe("to.nc", { callback: keepTexts(received) });
      boss.subscribe("to.boss", { callback: keepTexts(arrived) });
      await Promise.all([nc.flush(), boss.flush()]);
      const sent = publishNumbers(boss, "to.nc", 20);
      publishNumbers(nc, "to.boss", 20);
      // Each in turn: a flush says only that what the same connection sent has been processed.
      for (const one of [boss, nc, boss]) await one.flush();

      const spoil: Garble = (chunk, way) => (way === direction ? garble(chunk) : chunk);
      proxy.garble(spoil);
      publishNumbers(boss, "to.nc", 20, 21);
      publishNumbers(nc, "to.boss", 20, 21);
      const ended = [
        failure(nc.flush({ timeout: NEVER })),
        failure(nc.request("nobody", "x", { timeout: NEVER })),
        failure(nc.requestMany("nobody", "x", { maxWait: NEVER }).next()),
      ];
      const { error } = await log.wait("disconnected");
      expect(isNatsError(error)).toBe(true);
      for (const each of await Promise.all(ended)) expect(each.code).toBe("DISCONNECTED");
      // It goes on trying, and says why each attempt failed.
      await log.wait("reconnecting", 3);
      for (const attempt of log.of("reconnecting")) expect(isNatsError(attempt.error)).toBe(true);
      expect(nc.state).toBe("reconnecting");

      proxy.garble(undefined);
      await log.wait("reconnected");
      await nc.flush();
      boss.publish("to.nc", "after");
      nc.publish("to.boss", "after");
      await expect.poll(() => [received.at(-1), arrived.at(-1)]).toEqual(["after", "after"]);
      // Some of what was under way is lost; nothing came that was not sent, nothing twice, and nothing out of order.
      for (const texts of [received, arrived]) {
        const numbers = texts.slice(0, -1);
        expect(numbers.slice(0, 20)).toEqual(sent);
        expect(numbers.every((text) => /^[1-9]\d?$/.test(text) && Number(text) <= 40)).toBe(true);
        expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => Number(a) - Number(b)));
      }
      expect(log.types.filter((type) => type !== "reconnecting" && type !== "error")).toEqual([
        "disconnected",
        "reconnected",
      ]);
    },
  );
});
