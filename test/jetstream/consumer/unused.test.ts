import { describe, expect, it } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { OrderedSeries } from "../../../src/jetstream/consumer/ordered-series.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { QUICK_RECONNECT } from "../../support/outage.ts";
import { Proxy } from "../../support/proxy.ts";

const server = useJetStream();

async function aStream(): Promise<string> {
  const name = unique("UNUSED");
  await server.js.streams.create({ name, subjects: [`${name}.>`], storage: "memory" });
  for (let i = 1; i <= 3; i++) await server.js.publish(`${name}.x`, String(i));
  return name;
}

async function consumersOf(stream: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of server.js.consumers.names(stream)) names.push(name);
  return names;
}

/** By way of a proxy that breaks the link once, when this passes: before or after the server has it. */
async function brokenAt(
  what: string,
  when: "before" | "after",
  body: (nc: Connection) => Promise<void>,
): Promise<void> {
  await using proxy = await Proxy.start(server.server.port);
  await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
  let isCut = false;
  proxy.garble((chunk, direction) => {
    if (isCut || direction !== "up" || !chunk.includes(what)) return chunk;
    isCut = true;
    if (when === "after") proxy.stall("down");
    setImmediate(() => {
      proxy.cut();
      proxy.resume();
    });
    return when === "before" ? Buffer.alloc(0) : chunk;
  });
  await body(nc);
  expect(isCut).toBe(true);
}

async function readAll(nc: Connection, stream: string): Promise<void> {
  const consumer = await jetstream(nc).consumers.ordered(stream);
  const seen: number[] = [];
  for await (const { seq } of consumer.consume()) if (seen.push(seq) === 3) break;
  expect(seen).toEqual([1, 2, 3]);
}

describe("a consumer that nobody reads any more", () => {
  it("[JS-PUSH-05] is removed though nobody heard that it was made", async () => {
    const stream = await aStream();
    await brokenAt("CONSUMER.CREATE", "after", async (nc) => {
      await readAll(nc, stream);
      await eventually(async () => expect(await consumersOf(stream)).toEqual([]));
    });
  });

  it("[JS-PUSH-05] is removed though the first word of that was lost with the link", async () => {
    const stream = await aStream();
    await brokenAt("CONSUMER.DELETE", "before", async (nc) => {
      await readAll(nc, stream);
      await eventually(async () => expect(await consumersOf(stream)).toEqual([]));
    });
  });

  it("[JS-PUSH-05] is removed if another one was asked for before it was there", async () => {
    const stream = await aStream();
    const series = new OrderedSeries(server.js.context, stream, {});
    const [, second] = await Promise.all([series.create("all"), series.create("all")]);
    expect(series.current?.name).toBe(second.name);
    await eventually(async () => expect(await consumersOf(stream)).toEqual([second.name]));
    series.remove();
    await eventually(async () => expect(await consumersOf(stream)).toEqual([]));
  });
});
