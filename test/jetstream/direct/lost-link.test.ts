import { describe, expect } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { jetstream, type Stream } from "../../../src/jetstream/index.ts";
import { EventLog } from "../../support/event-log.ts";
import { failure } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { needs } from "../../support/nats-server.ts";
import { QUICK_RECONNECT } from "../../support/outage.ts";
import { Proxy } from "../../support/proxy.ts";

const access = useJetStream();
const atTheProxy = needs("NATS bytes at a proxy");

const COUNT = 2500;

/** A filled stream, read by way of a proxy. */
async function behindProxy(
  body: (stream: Stream, proxy: Proxy, nc: Connection) => Promise<void>,
): Promise<void> {
  const name = unique("CUT");
  await access.js.streams.create({ name, subjects: [name], allowDirect: true });
  await fill(access.nc, COUNT, (n) => ({ subject: name, data: `${n}`.padEnd(200, ".") }));
  await using proxy = await Proxy.start(access.server.port);
  await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
  await body(jetstream(nc).streams.bind(name), proxy, nc);
}

/** Ends the link once, when the server has sent so many replies of a page. */
function cutAfter(proxy: Proxy, bytes: number): void {
  let seen = 0;
  let isCut = false;
  proxy.garble((chunk, direction) => {
    if (direction === "up" || isCut) return chunk;
    seen += chunk.length;
    if (seen < bytes) return chunk;
    isCut = true;
    setImmediate(() => proxy.cut());
    return chunk.subarray(0, chunk.length / 2);
  });
}

const EVERY = Array.from({ length: COUNT }, (_, i) => i + 1);

describe("a link that is lost in the middle of a read", () => {
  atTheProxy("[JS-GET-02] is made up for: every message comes once, in order", async () => {
    await behindProxy(async (stream, proxy, nc) => {
      const log = new EventLog(nc);
      cutAfter(proxy, 400_000);
      expect((await all(stream.messages())).map(({ seq }) => seq)).toEqual(EVERY);
      expect(log.of("disconnected")).toHaveLength(1);
    });
  });

  atTheProxy("[JS-GET-05] is made up for where nothing tells the sequences", async () => {
    await behindProxy(async (stream, proxy, nc) => {
      const log = new EventLog(nc);
      cutAfter(proxy, 200_000);
      const texts = (await all(stream.payloads())).map((bytes) =>
        new TextDecoder().decode(bytes).replaceAll(".", ""),
      );
      expect(texts).toEqual(EVERY.map(String));
      expect(log.of("disconnected")).toHaveLength(1);
    });
  });

  atTheProxy("[JS-GET-02] ends the loop if there is none in time", async () => {
    await behindProxy(async (stream, proxy) => {
      let read = 0;
      const loop = async (): Promise<void> => {
        for await (const { seq } of stream.messages({ timeout: 300 })) {
          read = seq;
          if (seq !== 1) continue;
          proxy.refuse();
          proxy.cut();
        }
      };
      expect(["DISCONNECTED", "TIMEOUT"]).toContain((await failure(loop())).code);
      expect(read).toBe(1000);
    });
  });
});

describe("replies that get lost", () => {
  /** Removes whole messages from what the server sends, by their sequence, `times` times. */
  function lose(proxy: Proxy, seq: number, times: number): void {
    let left = times;
    let rest = "";
    proxy.garble((chunk, direction) => {
      if (direction === "up") return chunk;
      const text = rest + chunk.toString("latin1");
      // What may be the beginning of a message waits for its end.
      const end = text.lastIndexOf("HMSG ");
      const whole = text.endsWith("\r\n") || end < 0 ? text : text.slice(0, end);
      rest = text.slice(whole.length);
      const message = new RegExp(
        `HMSG [^\\r]*\\r\\nNATS/1\\.0\\r\\n(?:[^\\r]+\\r\\n)*Nats-Sequence: ${seq}\\r\\n(?:[^\\r]+\\r\\n)*\\r\\n[^\\r]*\\r\\n`,
      );
      const without = left > 0 ? whole.replace(message, "") : whole;
      if (without !== whole) left -= 1;
      return Buffer.from(without, "latin1");
    });
  }

  atTheProxy("[JS-GET-02] are asked for again", async () => {
    await behindProxy(async (stream, proxy) => {
      lose(proxy, 1200, 1);
      expect((await all(stream.messages())).map(({ seq }) => seq)).toEqual(EVERY);
    });
  });

  atTheProxy("[JS-GET-02] end the loop if they get lost again and again", async () => {
    await behindProxy(async (stream, proxy) => {
      lose(proxy, 1200, Infinity);
      const read: number[] = [];
      const loop = async (): Promise<void> => {
        for await (const { seq } of stream.messages()) read.push(seq);
      };
      expect(await failure(loop())).toMatchObject({
        code: "INVALID_RESPONSE",
        stream: stream.name,
        retryable: true,
      });
      expect(read).toEqual(EVERY.slice(0, 1000));
    });
  });
});
