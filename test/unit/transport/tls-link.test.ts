import { randomFillSync } from "node:crypto";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TlsOptions } from "../../../src/core/tls-options.ts";
import type { Transport } from "../../../src/core/transport.ts";
import { type Authority, Certificates, type Identity } from "../../support/certificates.ts";
import { dialSecure, TransportLog } from "../../support/dialling.ts";
import { Gate } from "../../support/gate.ts";
import { expectNoLeak } from "../../support/leak-check.ts";
import { NEVER } from "../../support/never.ts";
import { TlsPeer, type TlsPeerOptions } from "../../support/tls-peer.ts";

const MIB = 1024 * 1024;
const certificates = new Certificates();
let authority: Authority;
let server: Identity;

beforeAll(async () => {
  authority = await certificates.authority();
  server = await authority.issue();
});
afterAll(() => certificates[Symbol.dispose]());

interface Link {
  readonly transport: Transport;
  readonly log: TransportLog;
  readonly peer: TlsPeer;
}

/** A link over TLS, upgraded or from the first byte on, for the time that `body` takes. */
async function withLink(
  options: Partial<TlsPeerOptions>,
  body: (link: Link) => Promise<void>,
): Promise<void> {
  const { cert, key } = server;
  await using peer = await TlsPeer.start({ ...options, tls: { cert, key, ...options.tls } });
  const tls: TlsOptions = { ca: authority.cert, handshakeFirst: options.first === true };
  const transport = await dialSecure(peer.port, { tls });
  try {
    await body({ transport, log: new TransportLog(transport), peer });
  } finally {
    transport.destroy();
  }
}

/** Keeps what a socket receives. */
class Received {
  readonly ended: Promise<void>;
  length = 0;
  readonly #chunks: Buffer[] = [];

  constructor(socket: TLSSocket) {
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.length += chunk.length;
    });
    this.ended = new Promise((resolve) => socket.once("end", resolve));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

test.each([false, true])("large payloads pass unharmed both ways (TLS first: %s)", async (first) => {
  const payload = randomFillSync(Buffer.alloc(16 * MIB));
  await withLink({ first, on: (socket) => void socket.pipe(socket) }, async ({ log, transport }) => {
    await log.write(payload);
    expect(transport.unsentBytes).toBe(0);
    await log.hasLength(payload.length);
    expect(log.bytes.equals(payload)).toBe(true);
  });
});

test("memory may be reused after true, and after the drain that follows false", async () => {
  let received: Received | undefined;
  await withLink({ on: (socket) => (received = new Received(socket)) }, async ({ transport, log }) => {
    const sizes = [1, 100, 16 * 1024, 16 * 1024 + 1, 64 * 1024];
    const slab = new Uint8Array(64 * 1024);
    const expected: Buffer[] = [];
    for (let i = 0; i < 1000; i++) {
      const part = slab.subarray(0, sizes[i % sizes.length]);
      part.fill(i & 0xff);
      expected.push(Buffer.from(part));
      if (!transport.write(part)) await log.drain();
      slab.fill(0xaa);
    }
    await transport.end(10_000);
    await received?.ended;
    expect(received?.bytes.equals(Buffer.concat(expected))).toBe(true);
  });
});

test("several chunks go out in order, with one drain", async () => {
  await withLink({ on: (socket) => void socket.pipe(socket) }, async ({ transport, log }) => {
    const chunks = Array.from({ length: 50 }, (_, i) => Buffer.alloc(1 + i * 700, i));
    if (!transport.writeAll(chunks)) await log.drain();
    expect(transport.unsentBytes).toBe(0);
    await log.hasLength(Buffer.concat(chunks).length);
    expect(log.bytes.equals(Buffer.concat(chunks))).toBe(true);
  });
});

test("a peer that does not read holds the drain back", async () => {
  let socket: TLSSocket | undefined;
  await withLink({ on: (accepted) => (socket = accepted.pause()) }, async ({ transport, log }) => {
    let drained = false;
    expect(transport.write(Buffer.alloc(64 * MIB))).toBe(false);
    const drain = log.drain().then(() => (drained = true));
    await sleep(100);
    expect(drained).toBe(false);
    expect(transport.unsentBytes).toBe(64 * MIB);
    socket?.resume();
    await drain;
    expect(transport.unsentBytes).toBe(0);
  });
});

test("while one write is under way it is seen that the peer reads on", async () => {
  let socket: TLSSocket | undefined;
  await withLink({ on: (accepted) => (socket = accepted.pause()) }, async ({ transport, log }) => {
    transport.write(Buffer.alloc(64 * MIB));
    const drain = log.drain();
    // Node 26 encrypts and writes in a later turn.
    await expect.poll(() => transport.queuedBytes).toBeGreaterThan(0);
    const before = transport.queuedBytes!;
    socket?.resume();
    while (transport.queuedBytes === before) await nextTurn();
    expect(transport.queuedBytes).toBeLessThan(before);
    expect(transport.unsentBytes).toBe(64 * MIB);
    await drain;
    expect(transport.queuedBytes).toBeUndefined();
  });
});

test("what comes before anybody listens is kept", async () => {
  const { cert, key } = server;
  await using peer = await TlsPeer.start({ tls: { cert, key }, on: (socket) => void socket.write("early") });
  const transport = await dialSecure(peer.port, { tls: { ca: authority.cert } });
  await sleep(50);
  const log = new TransportLog(transport);
  await log.hasText("early");
  expect(log.text).toBe("early");
  transport.destroy();
});

test("end() lets what was written leave, and resolves when nothing is open", async () => {
  await expectNoLeak(async () => {
    let received: Received | undefined;
    await withLink({ on: (socket) => (received = new Received(socket)) }, async ({ transport, log }) => {
      transport.write(Buffer.alloc(4 * MIB));
      expect(await transport.end(10_000)).toBe(0);
      await received?.ended;
      expect(received?.length).toBe(4 * MIB);
      expect(log.closes).toBe(0);
    });
  });
});

test("end() gives up after its time, with the number of bytes that did not leave", async () => {
  await withLink({ on: (socket) => void socket.pause() }, async ({ transport }) => {
    transport.write(Buffer.alloc(64 * MIB));
    expect(await transport.end(100)).toBeGreaterThan(0);
  });
});

test("end() tells what did not leave when the peer breaks off, too", async () => {
  await withLink({ on: (socket) => void socket.pause() }, async ({ transport, peer }) => {
    transport.write(Buffer.alloc(64 * MIB));
    const ended = transport.end(NEVER);
    peer.sockets[0]?.resetAndDestroy();
    expect(await ended).toBeGreaterThan(0);
  });
});

test("destroy() tells the listener nothing and leaves nothing open", async () => {
  await expectNoLeak(async () => {
    await withLink({}, async ({ transport, log, peer }) => {
      const gone = new Promise((resolve) => peer.sockets[0]?.once("close", resolve));
      transport.destroy();
      await gone;
      expect(log.closes).toBe(0);
    });
  });
});

test("a peer that ends in order, or breaks off, is told once", async () => {
  const talk = (socket: TLSSocket): void => void socket.write("hello");
  await withLink({ on: (socket) => void socket.end("bye") }, async ({ log }) => {
    expect(await log.closed).toBeUndefined();
    expect(log.text).toBe("bye");
    expect(log.closes).toBe(1);
  });
  await withLink({ on: talk }, async ({ log, peer }) => {
    await log.hasText("hello");
    peer.sockets[0]?.resetAndDestroy();
    expect(await log.closed).toMatchObject({ code: "ECONNRESET" });
    expect(log.closes).toBe(1);
  });
});

test("a client certificate refused after the handshake is told by its alert [TLS-09] [R80]", async () => {
  const tls = {
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.3",
  } as const;
  await withLink({ tls }, async ({ log, transport }) => {
    transport.write(Buffer.from("CONNECT {}\r\n"));
    const error = await log.closed;
    expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    expect(error?.message).toMatch(
      /^TLS with 127\.0\.0\.1:\d+ broke: .*certificate required \(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED\); .*"tls\.certFile"/,
    );
    expect(log.closes).toBe(1);
  });
});

test("a link that breaks before its first byte is told as a failure of TLS [TLS-09]", async () => {
  const secured = new Gate();
  const on = (socket: TLSSocket): void => void socket.once("secure", () => secured.open());
  await withLink({ on }, async ({ log, peer }) => {
    await secured.opened;
    peer.sockets[0]?.resetAndDestroy();
    const error = await log.closed;
    expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls", cause: { code: "ECONNRESET" } });
  });
});
