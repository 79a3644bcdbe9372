import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { type ConsumeEvent, jetstream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { useJetStream } from "../../support/jetstream.ts";
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
});
