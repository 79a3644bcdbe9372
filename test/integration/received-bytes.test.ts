import { WebSocket } from "ws";
import { describe, expect, test } from "vitest";
import { connect, type ConnectOptions, type Message } from "../../src/index.ts";
import { startServer } from "../../src/server/index.ts";
import { needs, type RunningServer, withServer } from "../support/nats-server.ts";
import { PATIENT, useTls } from "../support/tls-server.ts";

const made = useTls();

/** Payloads on both sides of what is copied. */
const PAYLOADS = [1, 16, 64, 65, 5000].map((size) => new Uint8Array(size).fill(size));

async function expectPlainBytes(options: ConnectOptions): Promise<void> {
  await using nc = await connect({ ...PATIENT, ...options });
  const sub = nc.subscribe("bytes");
  nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
  for (const payload of PAYLOADS) {
    nc.publish("bytes", payload);
    expectPlain(await sub.next(PATIENT), payload);
    expectPlain(await nc.request("echo", payload, PATIENT), payload);
  }
}

function expectPlain({ data }: Message, payload: Uint8Array): void {
  expect(data.constructor).toBe(Uint8Array);
  expect(data).toEqual(payload);
  if (payload.length <= 64) expect(data.buffer.byteLength).toBe(payload.length);
  const copy = data.slice();
  expect(copy.buffer).not.toBe(data.buffer);
  expect(copy.buffer.byteLength).toBe(payload.length);
}

const webSocketUrl = (server: RunningServer, scheme: string): string =>
  `${scheme}://localhost:${new URL(server.ports.websocket![0]!).port}`;

describe("a payload is a Uint8Array, of its own if it is small, and slice() copies it", () => {
  needs("TLS after INFO", "a dialler or listener for TCP")("over TCP", async () => {
    await withServer({}, (server) => expectPlainBytes({ servers: server.url }));
  });

  needs("TLS after INFO").each([false, true])("over TLS, from the first byte on: %s", async (first) => {
    const config = made.setup.config({ tls: first ? "handshake_first: true" : "" });
    await withServer({ config }, async (server) => {
      const tls = made.setup.trust(first ? { handshakeFirst: true } : {});
      await expectPlainBytes({ servers: `nats://localhost:${server.port}`, tls });
    });
  });

  needs("TLS after INFO")("over WebSocket", async () => {
    const config = 'websocket { host: "127.0.0.1", port: -1, no_tls: true }';
    await withServer({ config }, async (server) => {
      const servers = webSocketUrl(server, "ws").replace("localhost", "127.0.0.1");
      await expectPlainBytes({ servers });
      await expectPlainBytes({ servers, websocket: { open: ({ url }) => new WebSocket(url) } });
    });
  });

  needs("TLS after INFO")("over WebSocket with TLS", async () => {
    const { certFile, keyFile } = made.setup.server;
    const tls = `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;
    await withServer({ config: `websocket { host: "127.0.0.1", port: -1, ${tls} }` }, async (server) => {
      await expectPlainBytes({ servers: webSocketUrl(server, "wss"), tls: made.setup.trust() });
    });
  });

  test("in memory, also by a transport that gives Buffers", async () => {
    await using server = await startServer({ port: false });
    await expectPlainBytes(server.inMemory);
    await expectPlainBytes({
      ...server.inMemory,
      dial: async (address, context) => {
        const transport = await server.inMemory.dial(address, context);
        const listen = transport.listen.bind(transport);
        transport.listen = (listener) =>
          listen({
            // As Node's pool does it: a part of a larger buffer.
            onData: (chunk) =>
              listener.onData(
                Buffer.from(`..${Buffer.from(chunk).toString("latin1")}.`, "latin1").subarray(2, -1),
              ),
            onDrain: () => listener.onDrain(),
            onClose: (error) => listener.onClose(error),
          });
        return transport;
      },
    });
  });
});
