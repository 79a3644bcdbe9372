import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TlsOptions } from "../../../src/core/tls-options.ts";
import { dialTcp } from "../../../src/transport/tcp.ts";
import { type Authority, Certificates, type Identity } from "../../support/certificates.ts";
import {
  dialSecure,
  type DialSetup,
  RecordingContext,
  serverAddress,
  TransportLog,
} from "../../support/dialling.ts";
import { failure } from "../../support/failure.ts";
import { expectNoLeak } from "../../support/leak-check.ts";
import { listen } from "../../support/listen.ts";
import { TlsPeer, type TlsPeerOptions } from "../../support/tls-peer.ts";

const certificates = new Certificates();
let authority: Authority;
let other: Authority;
let server: Identity;
let client: Identity;

beforeAll(async () => {
  authority = await certificates.authority();
  other = await certificates.authority("another authority");
  server = await authority.issue();
  client = await authority.issue({ commonName: "client" });
});
afterAll(() => certificates[Symbol.dispose]());

const echo = (socket: TLSSocket): void => void socket.pipe(socket);

/** Dials a peer with `identity`, and destroys what comes of it; the name that the peer was asked for. */
async function handshake(identity: Identity, setup: DialSetup, peer: Partial<TlsPeerOptions> = {}) {
  const { cert, key } = identity;
  await using started = await TlsPeer.start({ on: echo, ...peer, tls: { cert, key, ...peer.tls } });
  const transport = await dialSecure(started.port, setup);
  const log = new TransportLog(transport);
  await log.write("ping");
  await log.hasText("ping");
  transport.destroy();
  return { isSecure: transport.isSecure, remote: transport.remoteAddress, name: started.names[0] };
}

function trust(more: TlsOptions = {}): TlsOptions {
  return { ca: authority.cert, ...more };
}

describe("a handshake that succeeds", () => {
  test("upgrades the open socket after INFO [TLS-04] [R80]", async () => {
    const result = await handshake(server, { host: "localhost", tls: trust() });
    expect(result).toMatchObject({ isSecure: true, name: "localhost" });
    expect(result.remote).toMatch(/:\d+$/);
  });

  test("comes before INFO if it is to [TLS-04] [R80]", async () => {
    const first = trust({ handshakeFirst: true });
    const result = await handshake(server, { host: "localhost", tls: first }, { first: true });
    expect(result.isSecure).toBe(true);
  });

  test("names its phases", async () => {
    await using peer = await TlsPeer.start({ tls: server, first: true });
    const setup = { host: "localhost", tls: trust({ handshakeFirst: true }) };
    const context = new RecordingContext(setup);
    (await dialTcp(serverAddress(peer.port, setup), context)).destroy();
    expect(context.phases).toEqual(["dns", "tcp", "tls"]);
  });

  test("of a transport that is secure already changes nothing", async () => {
    await using peer = await TlsPeer.start({ tls: server, first: true });
    const context = new RecordingContext({ tls: trust({ handshakeFirst: true }) });
    const transport = await dialTcp(serverAddress(peer.port), context);
    expect(await transport.startTls!(context)).toBe(transport);
    transport.destroy();
  });

  test("presents the client's certificate, from memory or files [OPT-19] [R80]", async () => {
    const tls = { ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    const { cert, key, certFile, keyFile } = client;
    await handshake(server, { tls: trust({ cert, key }) }, { tls });
    await handshake(server, { tls: trust({ certFile, keyFile }) }, { tls });
    await handshake(
      server,
      { tls: trust({ cert: Buffer.from(cert), key: new TextEncoder().encode(key) }) },
      { tls },
    );
  });

  test("trusts the authorities in files, several too [OPT-18]", async () => {
    await handshake(server, { tls: { caFile: authority.caFile } });
    await handshake(server, { tls: { caFile: [other.caFile, authority.caFile] } });
  });

  test("reads the files again at each dial", async () => {
    const caFile = certificates.file(other.cert);
    const refused = await failure(handshake(server, { tls: { caFile } }));
    expect(refused.code).toBe("TLS_FAILED");
    certificates.file(authority.cert, caFile.slice(certificates.folder.length + 1));
    await handshake(server, { tls: { caFile } });
  });

  test("speaks nothing older than TLS 1.2 unless told to", async () => {
    const old = { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    const refused = await failure(handshake(server, { tls: trust() }, { tls: old }));
    expect(refused).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    expect(refused.message).toMatch(/protocol/i);
    const willing = trust({ minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" });
    await handshake(server, { tls: willing }, { tls: old });
  });
});

describe("the name that is checked", () => {
  test("is the server's IP address, which is never asked for [TLS-07]", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    const { name } = await handshake(server, { host: "127.0.0.1", tls: trust() });
    await sleep(1);
    process.off("warning", onWarning);
    expect(name).toBe(false);
    expect(warnings).toEqual([]);
    const named = await authority.issue({ names: ["localhost"] });
    const refused = await failure(handshake(named, { host: "127.0.0.1", tls: trust() }));
    expect(refused.message).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  test("is the remembered name of the pool, then the user's own [TLS-07] [POOL-13]", async () => {
    const first = await authority.issue({ names: ["first.example"] });
    const second = await authority.issue({ names: ["second.example"] });
    const setup = { host: "127.0.0.1", tlsName: "first.example" };
    expect((await handshake(first, { ...setup, tls: trust() })).name).toBe("first.example");
    const own = trust({ servername: "second.example" });
    expect((await handshake(second, { ...setup, tls: own })).name).toBe("second.example");
    const refused = await failure(handshake(second, { ...setup, tls: trust() }));
    expect(refused.message).toMatch(
      /^TLS with 127\.0\.0\.1:\d+ as "first\.example" failed: .*second\.example.* \(ERR_TLS_CERT_ALTNAME_INVALID\); .*"tls\.servername"$/,
    );
  });
});

describe("a handshake that fails says why and leaves nothing open", () => {
  test.each<[string, () => Promise<Identity> | Identity, () => TlsOptions, RegExp]>([
    ["an authority not trusted", () => server, () => ({ ca: other.cert }), /UNABLE_TO_VERIFY_LEAF_SIGNATURE/],
    ["no authority given", () => server, () => ({}), /UNABLE_TO_VERIFY_LEAF_SIGNATURE/],
    ["expired", () => authority.issue({ validity: "expired" }), trust, /expired \(CERT_HAS_EXPIRED\)/],
    [
      "not valid yet",
      () => authority.issue({ validity: "not-yet" }),
      trust,
      /not yet valid \(CERT_NOT_YET_VALID\)/,
    ],
    ["another name", () => authority.issue({ names: ["b.example"] }), trust, /b\.example.*ALTNAME_INVALID/],
  ])("%s [TLS-08] [TLS-09] [R80]", async (_title, identity, tls, text) => {
    const presented = await identity();
    for (const first of [false, true]) {
      const setup = { host: "localhost", tls: { ...tls(), handshakeFirst: first } };
      const error = await expectNoLeak(() => failure(handshake(presented, setup, { first })));
      expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls", name: "ConnectionError" });
      expect(error.cause).toBeInstanceOf(Error);
      expect(error.message).toMatch(/^TLS with localhost:\d+ failed: /);
      expect(error.message).toMatch(text);
    }
  });

  test("the environment does not turn the checks off, the option does [TLS-08] [OPT-16]", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect((await failure(handshake(server, { tls: {} }))).code).toBe("TLS_FAILED");
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
    await handshake(server, { tls: { rejectUnauthorized: false } });
  });

  test("a file that has gone since", async () => {
    const error = await failure(handshake(server, { tls: { caFile: "/nowhere/ca.pem" } }));
    expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    expect(error.message).toContain("/nowhere/ca.pem");
    expect(error.cause).toMatchObject({ code: "INVALID_OPTION", argument: "tls.caFile" });
  });

  test("a peer that answers without TLS", async () => {
    const error = await withPlainPeer((socket) => socket.write("INFO {}\r\n"));
    expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    expect(error.message).toMatch(/wrong version number|packet length/i);
  });

  test("a peer that closes the link during the handshake", async () => {
    const error = await withPlainPeer((socket) => socket.once("data", () => socket.end()));
    expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    const reset = await withPlainPeer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(reset).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    expect(reset.message).toContain("ECONNRESET");
  });

  test("a silent peer, with the signal's reason", async () => {
    const reason = new Error("enough");
    const abort = new AbortController();
    const onSocket = (socket: Socket): void => void socket.once("data", () => abort.abort(reason));
    await expect(withPlainPeer(onSocket, abort.signal)).rejects.toBe(reason);
  });

  test("a signal that has aborted before", async () => {
    await using peer = await TlsPeer.start({ tls: server, first: true });
    const signal = AbortSignal.abort(new Error("too late"));
    const setup = { tls: trust({ handshakeFirst: true }), signal };
    await expect(expectNoLeak(() => dialSecure(peer.port, setup))).rejects.toThrow("too late");
    expect(peer.sockets).toHaveLength(0);
  });
});

/** What a TLS-first dial to a peer that speaks no TLS fails with. */
async function withPlainPeer(onSocket: (socket: Socket) => void, signal?: AbortSignal) {
  return await expectNoLeak(async () => {
    const sockets: Socket[] = [];
    const plain = createServer((socket) => {
      sockets.push(socket.on("error", () => undefined));
      onSocket(socket);
    });
    const port = await listen(plain);
    try {
      const tls = trust({ handshakeFirst: true });
      return await failure(dialSecure(port, signal === undefined ? { tls } : { tls, signal }));
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => plain.close(resolve));
    }
  });
}
