import { describe, expect, it } from "vitest";
import { connect, type NatsError } from "../../../src/index.ts";
import { type ConsumeEvent, jetstream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { Proxy } from "../../support/proxy.ts";
import { setUpPush } from "./support.ts";

const server = useJetStream();

/** Messages with these numbers in their stream go to a subscription that the client hasn't got. */
function astray(...seqs: number[]): (chunk: Buffer) => Buffer {
  const numbers = seqs.join("|");
  const line = new RegExp(
    `(MSG \\S+ )(\\d+)( \\$JS\\.ACK\\.\\S+\\.1\\.(?:${numbers})\\.\\d+\\.\\d+\\.\\d+ )`,
    "g",
  );
  const replaced = (_: string, before: string, sid: string, after: string): string =>
    before + "9".repeat(sid.length) + after;
  return (chunk) => Buffer.from(chunk.toString("latin1").replaceAll(line, replaced), "latin1");
}

describe("deliveries of a push consumer that get lost", () => {
  it("[JS-11, JS-12] are told by what comes next, and by a heartbeat", async () => {
    const { stream, consumer } = await setUpPush(server.js, 7, {
      ackPolicy: "none",
      push: { idleHeartbeat: 100 },
    });
    await using proxy = await Proxy.start(server.server.port);
    await using nc = await connect({ servers: proxy.url });
    proxy.garble((chunk, direction) => (direction === "down" ? astray(2, 3, 6, 7)(chunk) : chunk));
    const theirs = await jetstream(nc).consumers.getPush(stream, consumer.name);
    const gaps: ConsumeEvent[] = [];
    const seen: number[] = [];
    const messages = theirs.consume({ callback: (m) => void seen.push(m.seq) });
    messages.on("gap", (gap) => gaps.push(gap));
    await eventually(() => expect(gaps).toHaveLength(2));
    expect(gaps).toEqual([
      { type: "gap", count: 2, afterSeq: 1 },
      { type: "gap", count: 2, afterSeq: 5 },
    ]);
    expect(seen).toEqual([1, 4, 5]);
    await messages.stop();
  });

  it("[JS-11] are not told where another consumer sends to the same subject, which is told once", async () => {
    const deliverSubject = unique("shared");
    const { stream, consumer } = await setUpPush(server.js, 0, {
      ackPolicy: "none",
      filterSubjects: ["*.x"],
      push: { deliverSubject, idleHeartbeat: 100 },
    });
    const other = await server.js.consumers.create(stream, {
      durable: unique("other"),
      filterSubjects: ["*.y"],
      push: { deliverSubject, idleHeartbeat: 100 },
    });
    await using nc = await connect({ servers: server.url });
    const errors: NatsError[] = [];
    nc.on("error", ({ error }) => void errors.push(error));
    const theirs = await jetstream(nc).consumers.getPush(stream, consumer.name);
    const gaps: ConsumeEvent[] = [];
    const seen: string[] = [];
    const messages = theirs.consume({ callback: (m) => void seen.push(`${m.consumer} ${m.seq}`) });
    messages.on("gap", (gap) => gaps.push(gap));
    await eventually(async () => expect((await consumer.info()).pushBound).toBe(true));
    // Their deliveries have the same numbers.
    const subjects = ["x", "x", "x", "y", "x", "y", "y", "x"];
    for (const name of subjects) await server.js.publish(`${stream}.${name}`);
    const names = subjects.map((name, i) => `${(name === "x" ? consumer : other).name} ${i + 1}`);
    await eventually(() => expect([...seen].sort()).toEqual(names.sort()));
    const { inMessages } = nc.stats();
    // Heartbeats of both.
    await eventually(() => expect(nc.stats().inMessages).toBeGreaterThan(inMessages + 2));
    expect(gaps).toEqual([]);
    expect(errors).toMatchObject([
      { code: "DELIVER_SUBJECT_SHARED", stream, consumer: other.name, subject: `${stream}.y` },
    ]);
    await messages.stop();
  });
});
