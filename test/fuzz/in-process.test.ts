import { connect as connectSocket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { type NatsServer, startServer } from "../../src/server/index.ts";
import { eventually } from "../support/eventually.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { bytesInUse } from "../support/memory.ts";
import { useTls } from "../support/tls-server.ts";
import { Bystander } from "./bystander.ts";
import { fuzzOptions } from "./fuzz-options.ts";
import { Streams } from "./streams.ts";
import { framed } from "./web-socket-streams.ts";

const { seed, streams } = fuzzOptions(250);
const AT_ONCE = 8;
/** A stream is a connection, which takes its time on a busy machine. */
const TIME = 300_000;
/** Far above what is kept of a connection that has ended, far below a buffer that is not let go. */
const BYTES_PER_STREAM = 500;
/** What comes and goes in a process that has run other files. */
const NOISE = 512 * 1024;

const tls = useTls();

/** Says a stream in pieces; then waits for the end, ends it, or breaks off. Resolves when the socket is gone. */
async function say(port: number, source: Streams, stream: string): Promise<void> {
  const pieces = source.pieces(stream);
  const isAbrupt = source.random() < 0.3;
  const socket = connectSocket(port, "127.0.0.1");
  socket.setNoDelay(true);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  // The server resets those who say more after it has ended the connection.
  socket.on("error", () => {});
  socket.resume();
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece, "latin1");
    if (pieces.length > 1) await nextTurn();
  }
  if (isAbrupt) socket.destroy();
  else socket.end();
  await closed;
}

/** One in the account of those who say the streams, and one that hears all of another account. */
async function bystandersOf(server: NatsServer): Promise<Bystander[]> {
  const port = Number(new URL(server.url).port);
  return [
    await Bystander.join(port, { user: "near", subscription: "bystander.only", subject: "bystander.only" }),
    await Bystander.join(port, { user: "far", subscription: ">", subject: "x" }),
  ];
}

/** Other files have left their things in this process: what grows once may be theirs, what is kept grows each time. */
async function expectFlat(body: () => Promise<void>, limit: number): Promise<void> {
  let more = limit;
  for (let left = 3; left > 0 && more >= limit; left--) {
    const used = await bytesInUse();
    await body();
    more = (await bytesInUse()) - used;
  }
  expect(more).toBeLessThan(limit);
}

async function run(server: NatsServer, port: number, next: (source: Streams) => string): Promise<void> {
  const source = new Streams(seed);
  const bystanders = await bystandersOf(server);
  const play = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => say(port, source, next(source))));
      for (const bystander of bystanders) await bystander.check(`round ${round}`);
    }
    await eventually(() => {
      expect(server.connections).toHaveLength(bystanders.length);
      expect(server.subscriptionCount).toBe(bystanders.length);
    });
  };
  const rounds = Math.ceil(streams / AT_ONCE);
  await play(Math.ceil(rounds / 3));
  await expectFlat(() => play(rounds), Math.max(rounds * AT_ONCE * BYTES_PER_STREAM, NOISE));
  for (const bystander of bystanders) bystander.leave();
}

const USERS = {
  accounts: {
    A: { users: [{ user: "anybody" }, { user: "near", password: "x" }] },
    B: { users: [{ user: "far", password: "x" }] },
  },
  noAuthUser: "anybody",
};

test(
  `streams of seed ${seed} over TCP hurt nobody and leave nothing`,
  async () => {
    await expectNoLeak(async () => {
      await using server = await startServer(USERS);
      await run(server, Number(new URL(server.url).port), (source) => source.next());
    });
  },
  TIME,
);

test(
  `streams of seed ${seed} over WebSocket hurt nobody and leave nothing`,
  async () => {
    await expectNoLeak(async () => {
      await using server = await startServer({ ...USERS, websocket: { compression: true } });
      await run(server, Number(new URL(server.websocketUrl).port), (source) => framed(source));
    });
  },
  TIME,
);

test(
  `streams of seed ${seed} instead of a TLS handshake hurt nobody and leave nothing`,
  async () => {
    await expectNoLeak(async () => {
      const { cert, key } = tls.setup.server;
      await using server = await startServer({ ...USERS, tls: { cert, key, required: false } });
      await run(server, Number(new URL(server.url).port), (source) => `\x16\x03\x01${source.next()}`);
    });
  },
  TIME,
);

test(
  `streams of seed ${seed} at the monitoring port hurt nobody and leave nothing`,
  async () => {
    await expectNoLeak(async () => {
      await using server = await startServer({ ...USERS, monitor: {} });
      const port = Number(new URL(server.monitorUrl).port);
      await run(server, port, (source) => {
        const page = source.pick(["varz", "connz?subs=1", "subsz", "healthz", "", "connz?limit=-1&sort=x"]);
        return `GET /${page}${source.next()} HTTP/1.1\r\nHost: a\r\n\r\n${source.next()}`;
      });
    });
  },
  TIME,
);
