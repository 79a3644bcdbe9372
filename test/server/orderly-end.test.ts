import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type NatsServer, type ServerOptions, startServer } from "../../src/server/index.ts";
import { eventually } from "../support/eventually.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { RawClient } from "../support/raw-client.ts";
import { BINARY, frameOf, RawWebSocket } from "../support/raw-web-socket.ts";

/** More than the system takes for a peer that reads nothing. */
const MESSAGES = 48;
const SIZE = 250_000;
const HELLO = 'CONNECT {"verbose":false,"protocol":1}\r\nSUB a 1\r\nPING\r\n';

/** One that has subscribed, and reads nothing for now. */
interface SlowReader {
  send(text: string): void;
  resume(): void;
  /** All that it has heard when the server has closed the connection. */
  readonly heard: Promise<string>;
}

const READERS: Readonly<Record<string, (server: NatsServer) => Promise<SlowReader>>> = {
  async tcp(server) {
    const raw = await RawClient.connect(portOf(server.url));
    await raw.until(/PONG[^]*INFO/, HELLO);
    raw.socket.pause();
    return {
      send: (text) => raw.send(text),
      resume: () => void raw.socket.resume(),
      heard: raw.closed.then(() => raw.received),
    };
  },
  async websocket(server) {
    const raw = await RawWebSocket.open(portOf(server.websocketUrl));
    await raw.exchange(HELLO, "PONG");
    raw.socket.pause();
    void raw.until(() => raw.closing !== undefined).then(() => raw.socket.end());
    const heard = once(raw.socket, "close").then(() =>
      // Operations may span frames, and frames operations.
      Buffer.concat(
        raw.frames.filter(({ opcode }) => opcode <= BINARY).map(({ payload }) => payload),
      ).toString("latin1"),
    );
    return {
      send: (text) => void raw.socket.write(frameOf(text)),
      resume: () => void raw.socket.resume(),
      heard,
    };
  },
  async memory(server) {
    const transport = await server.inMemory.dial({ host: "memory", port: 4222 } as never, {} as never);
    let text = "";
    const heard = new Promise<string>((resolve) => {
      transport.listen({
        onData: (chunk) => void (text += Buffer.from(chunk).toString("latin1")),
        onDrain: () => undefined,
        onClose: () => resolve(text),
      });
    });
    transport.write(Buffer.from(HELLO));
    await eventually(() => expect(text).toMatch(/PONG[^]*INFO/));
    // A client in memory always reads: what comes for it is held up on its way.
    server.faults.delay(600_000, { direction: "writing", only: server.connections[0]!.id });
    return {
      send: (said) => void transport.write(Buffer.from(said)),
      resume: () => void server.faults.clear("delay"),
      heard,
    };
  },
};

interface End {
  readonly name: string;
  readonly options?: ServerOptions;
  /** What comes behind the last message. */
  readonly told: RegExp;
  readonly make: (server: NatsServer, reader: SlowReader) => unknown;
}

const ENDS: readonly End[] = [
  { name: "stop()", told: /^$/, make: (server) => server.stop() },
  { name: "a restart", told: /^$/, make: (server) => server.restart() },
  {
    name: "lame duck mode",
    options: { lameDuck: { gracePeriod: 1, duration: 2 } },
    told: /^INFO .*"ldm":true.*\r\n$/,
    make: (server) => server.lameDuck(),
  },
  { name: "a clean disconnect", told: /^$/, make: ({ faults }) => faults.disconnect() },
  {
    name: "the end of its credentials",
    told: /^-ERR 'User Authentication Expired'\r\n$/,
    make: ({ faults }) => faults.expireCredentials(),
  },
  {
    name: "what is no NATS",
    told: /^-ERR 'Unknown Protocol Operation'\r\n$/,
    make: (_, reader) => reader.send("NONSENSE\r\n"),
  },
  {
    name: "a payload that is too large",
    told: /^-ERR 'Maximum Payload Violation'\r\n$/,
    make: (_, reader) => reader.send("PUB a 9999999\r\n"),
  },
];

function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** Publishes so much that most of it waits in the server. */
async function flood(server: NatsServer): Promise<void> {
  const sender = await RawClient.connect(portOf(server.url));
  for (let i = 0; i < MESSAGES; i++) sender.send(`PUB a ${SIZE}\r\n${String(i).padEnd(SIZE)}\r\n`);
  await sender.until("PONG", "PING\r\n");
  sender.destroy();
  await eventually(() => expect(server.connections).toHaveLength(1));
  expect(server.connections[0]!.pendingBytes).toBeGreaterThan(SIZE);
}

for (const [kind, open] of Object.entries(READERS)) {
  describe(`a slow reader over ${kind} gets all that waits for it`, () => {
    test.each(ENDS)("before $name ends its connection", async ({ options, told, make }) => {
      await expectNoLeak(async () => {
        await using server = await startServer({ websocket: {}, ...options });
        const reader = await open(server);
        await flood(server);
        const made = make(server, reader);
        await eventually(() => expect(server.connections).toEqual([]));
        reader.resume();
        const heard = await reader.heard;
        await made;
        expect(Array.from(heard.matchAll(/^MSG a 1 \d+\r\n(\d+)/gm), ([, i]) => Number(i))).toEqual(
          Array.from({ length: MESSAGES }, (_, i) => i),
        );
        const rest = heard.slice(heard.lastIndexOf("MSG a 1") + `MSG a 1 ${SIZE}\r\n`.length + SIZE + 2);
        // On a busy machine it takes so long that the server asks for a sign of life.
        expect(rest.replace("PING\r\n", "")).toMatch(told);
      });
    });
  });
}

test("who reads nothing at all is given up after the write deadline, and the log says what it lost", async () => {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  await using server = await startServer({ writeDeadline: 1500, log });
  const reader = await READERS["tcp"]!(server);
  await flood(server);
  await server.stop();
  expect(lines.at(-1)).toMatch(/^client 1 of .* is gone without \d+ bytes that waited for it$/);
  reader.resume();
  expect((await reader.heard).length).toBeLessThan(MESSAGES * SIZE);
});

test("who half-closes gets all that waits for it", async () => {
  await using server = await startServer();
  const raw = await RawClient.connect(portOf(server.url));
  await raw.until(/PONG[^]*INFO/, HELLO);
  raw.socket.allowHalfOpen = true;
  raw.socket.pause();
  await flood(server);
  raw.socket.end();
  await eventually(() => expect(server.connections).toEqual([]));
  raw.socket.resume();
  expect(await raw.closed).toBe("end");
  expect(raw.received.match(/^MSG a 1/gm)).toHaveLength(MESSAGES);
});

describe("nothing of the server is left when stop() resolves", () => {
  test.each(Object.keys(READERS))("with a peer over %s that doesn't end its side", async (kind) => {
    await expectNoLeak(async () => {
      const server = await startServer({ websocket: {}, monitor: {} });
      const reader = await READERS[kind]!(server);
      reader.resume();
      await server.stop();
      await reader.heard;
    }, 200);
  });
});
