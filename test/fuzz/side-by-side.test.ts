import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { type BothServers, openBoth, type ServerAtHand } from "../support/both-servers.ts";
import { Peer } from "../conformance/peer.ts";
import { fuzzOptions } from "./fuzz-options.ts";
import { type StreamOptions, Streams } from "./streams.ts";

/** Everything that a server answers to a stream and the end after it, in its order. */
async function answers(server: ServerAtHand, pieces: readonly string[]): Promise<string[]> {
  const peer = await Peer.open(server.port);
  await peer.until("\r\n");
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) await pause(1);
    peer.send(piece);
  }
  peer.end();
  await peer.ended();
  return peer.transcript
    .filter((line) => !line.startsWith("INFO ") && line !== SPLIT_DEPENDENT)
    .map((line) => line.replace(SID, "$1"));
}

/**
 * In which order the subscriptions of a client get a message is left to chance, and which member of a queue group: only
 * their numbers tell that.
 */
const SID = /^(H?MSG \S+) \S+/;

/** nats-server says it again when the payload comes in a read of its own (2.15). */
const SPLIT_DEPENDENT = "-ERR 'Invalid Publish Subject'";

/** What nats-server makes of a line with such a CR depends on where the line is cut (2.15). */
const STRAY_CR = /\r(?!\n)/;

interface Run {
  readonly name: string;
  readonly config: string;
  readonly options?: StreamOptions;
  /** Whether streams are cut in pieces, as a network may cut them. */
  readonly isCut: boolean;
}

const USERS = `authorization { users: [
  { user: limited, pass: x, permissions: {
    publish: { allow: ["a.>", "b", "*"], deny: ["a.b.c"] }, subscribe: { allow: ["a", "a.>", "> q1"], deny: ["a.b", "a.> q2"] } } }
  { user: responder, pass: x, permissions: { publish: "b", subscribe: "a", allow_responses: { max: 2, expires: "1m" } } }
  { user: free, pass: x }
] }\n`;

const LOGINS = [
  { user: "limited", pass: "x" },
  { user: "limited", pass: "x" },
  { user: "responder", pass: "x" },
  { user: "free", pass: "x" },
  { user: "free", pass: "wrong" },
  { user: "nobody", pass: "x" },
  {},
];

const NEAR = { line: 64, payload: 40 };
const LIMITS = `max_control_line: ${NEAR.line}, max_payload: ${NEAR.payload}\n`;

const RUNS: readonly Run[] = [
  { name: "in one piece", config: "", isCut: false },
  { name: "in pieces", config: "", isCut: true },
  { name: "in pieces and near the limits", config: LIMITS, options: { near: NEAR }, isCut: true },
  { name: "of users with permissions", config: USERS, options: { logins: LOGINS }, isCut: false },
  {
    name: "of users with permissions, or of none, in pieces",
    config: `${USERS}no_auth_user: limited\n`,
    options: { logins: LOGINS },
    isCut: true,
  },
];

/**
 * A piece that is written after the server has closed breaks the socket, and takes along what it had not read yet. So
 * what differs is looked at again: a difference of the servers is there each time.
 */
async function compare(both: BothServers, pieces: readonly string[], called: string): Promise<void> {
  for (let left = pieces.length === 1 ? 0 : 9; ; left--) {
    const [expected, actual] = await Promise.all([answers(both.theirs, pieces), answers(both.ours, pieces)]);
    if (left > 0 && !isDeepStrictEqual(actual, expected)) continue;
    expect(actual, `${called}: ${JSON.stringify(pieces)}`).toEqual(expected);
    return;
  }
}

const { seed, streams } = fuzzOptions(200);
/** A stream is a connection to each server, which takes its time on a busy machine. */
const TIME = 300_000;
/** Pieces take their time: fewer of those. */
const COUNTED = RUNS.map((run) => ({ ...run, count: run.isCut ? Math.ceil(streams / 4) : streams }));

test.each(COUNTED)(
  `$count streams of seed ${seed}, $name, have the same answers from nats-server and in process`,
  async ({ config, options, isCut, count }) => {
    const both = await openBoth(config);
    try {
      const source = new Streams(seed, options);
      for (let i = 0; i < count; i++) {
        const stream = source.next();
        const pieces = isCut && !STRAY_CR.test(stream) ? source.pieces(stream) : [stream];
        await compare(both, pieces, `stream ${i}`);
      }
    } finally {
      await both.stop();
    }
  },
  TIME,
);
