import { expect, test } from "vitest";
import { openBoth, type ServerAtHand } from "../support/both-servers.ts";
import { Peer } from "../conformance/peer.ts";
import { fuzzOptions } from "./fuzz-options.ts";
import { Streams } from "./streams.ts";

/** Everything that a server answers to a stream and the end after it; messages come in an order of their own. */
async function answers(server: ServerAtHand, stream: string): Promise<string[]> {
  const peer = await Peer.open(server.port);
  await peer.until("\r\n");
  peer.send(stream);
  peer.end();
  await peer.ended();
  return peer.transcript
    .filter((line) => !line.startsWith("INFO ") && line !== SPLIT_DEPENDENT)
    .map((line) => line.replace(MEMBER, "$1"))
    .sort();
}

/** Which member of a queue group gets a message is left to chance. */
const MEMBER = /^(H?MSG \S+) \S+/;

/** nats-server says it again when the payload comes in a read of its own (2.15). */
const SPLIT_DEPENDENT = "-ERR 'Invalid Publish Subject'";

const { seed, streams } = fuzzOptions(500);

test(`${streams} streams of seed ${seed} have the same answers from nats-server and in process`, async () => {
  const both = await openBoth("");
  try {
    const source = new Streams(seed);
    for (let i = 0; i < streams; i++) {
      const stream = source.next();
      const expected = await answers(both.theirs, stream);
      expect(await answers(both.ours, stream), `stream ${i}: ${JSON.stringify(stream)}`).toEqual(expected);
    }
  } finally {
    await both.stop();
  }
});
