import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { connect } from "../../src/index.ts";
import { Certificates } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { failure, thrown } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { type RunningServer, withServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { refusedPort } from "../support/refused-port.ts";

const LISTENER = 'websocket { host: "127.0.0.1", port: -1, no_tls: true, compression: true }';

/** A listener with TLS. */
function secured(tls: string): string {
  return `websocket { host: "127.0.0.1", port: -1, tls { ${tls} } }`;
}

/** What compression both sides speak of: none keeps anything of the frame before. */
const DEFLATE = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/** Of the HTTP head that a recording begins with. */
function extensionsOf(recorded: Buffer): string | undefined {
  const [head = ""] = recorded.toString("latin1").split("\r\n\r\n");
  return /^sec-websocket-extensions: (.*)$/im.exec(head)?.[1];
}

function urlOf(server: RunningServer): string {
  const url = new URL(server.ports.websocket?.[0] ?? "");
  return `${url.protocol}//127.0.0.1:${url.port}`;
}

/** Small and large, text and bytes, there and back. */
async function expectTraffic(nc: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const subscription = nc.subscribe("traffic", { max: 3 });
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const large = new Uint8Array(300_000).fill(9);
  nc.publish("traffic", bytes);
  nc.publish("traffic", large);
  nc.publish("traffic", "x".repeat(5000));
  const sizes: number[] = [];
  for await (const m of subscription) sizes.push(m.size);
  expect(sizes).toEqual([256, 300_000, 5000]);
  // Masking works on a copy.
  expect(large.every((byte) => byte === 9)).toBe(true);
  expect([...bytes]).toEqual(Array.from({ length: 256 }, (_, i) => i));
}

describe("nats-server's WebSocket port", () => {
  test("is reached at ws:// [WS-01] [WS-07] [WS-08]", async () => {
    await withServer({ config: LISTENER }, async (server) => {
      await expectNoLeak(async () => {
        const nc = await connect(urlOf(server));
        expect(nc.server).toBe(urlOf(server));
        await expectTraffic(nc);
        await nc.close();
      });
    });
  });

  test.each([
    [true, true],
    [true, false],
    [undefined, true],
  ])(
    "compresses if it is asked to (%s) and will (%s), and else not [WS-02] [WS-05]",
    async (compression, serverCompresses) => {
      const config = serverCompresses ? LISTENER : LISTENER.replace(", compression: true", "");
      await withServer({ config }, async (server) => {
        await using proxy = await Proxy.start(Number(new URL(urlOf(server)).port));
        const websocket = compression === undefined ? {} : { compression };
        await using nc = await connect({ servers: `ws://127.0.0.1:${proxy.port}`, websocket });
        await expectTraffic(nc);
        const isAsked = compression === true;
        const isAgreed = isAsked && serverCompresses;
        const up = extensionsOf(proxy.recordedUp);
        expect(up).toEqual(isAsked ? expect.stringContaining(DEFLATE) : undefined);
        expect(extensionsOf(proxy.recordedDown)).toBe(isAgreed ? DEFLATE : undefined);
        // The large message is one byte again and again.
        expect(proxy.recordedUp.length < 100_000).toBe(isAgreed);
        expect(proxy.recordedDown.length < 100_000).toBe(isAgreed);
      });
    },
  );

  test("takes a token from a cookie, which is asked for at each dial [WS-01]", async () => {
    const listener = LISTENER.replace("-1", `${await refusedPort()}`).replace(
      "}",
      ', token_cookie: "auth" }',
    );
    const config = `${listener}\nauthorization { token: secret }`;
    await withServer({ config }, async (server) => {
      let asked = 0;
      const headers = async (): Promise<Record<string, string>> => {
        if (++asked === 2) throw new Error("no cookie today");
        return await Promise.resolve({ cookie: "auth=secret" });
      };
      await using nc = await connect({
        servers: urlOf(server),
        websocket: { headers },
        reconnect: { delay: 10 },
      });
      const attempts: string[] = [];
      nc.on("reconnecting", ({ error }) => void attempts.push(error.code));
      await server.kill();
      await server.start();
      await eventually(() => expect(nc.state).toBe("connected"));
      // The second was refused by the provider, and tried again.
      expect(asked).toBeGreaterThan(2);
      expect(attempts).toContain("CREDENTIALS_FAILED");
      await expectTraffic(nc);
    });
  });

  test("that refuses the password says so at once [WS-19]", async () => {
    const config = `${LISTENER}\nauthorization { token: secret }`;
    await withServer({ config }, async (server) => {
      const servers = urlOf(server);
      const error = await expectNoLeak(() => failure(connect({ servers, token: "wrong" })));
      expect(error).toMatchObject({ code: "AUTHORIZATION_VIOLATION", server: servers });
    });
  });

  test("is reached at wss:// with an authority of one's own, and not without [TLS-10]", async () => {
    using certificates = new Certificates();
    const authority = await certificates.authority();
    const { certFile, keyFile } = await authority.issue();
    const config = secured(`cert_file: "${certFile}", key_file: "${keyFile}"`);
    await withServer({ config }, async (server) => {
      const servers = urlOf(server);
      expect(servers).toMatch(/^wss:/);
      await using nc = await connect({ servers, tls: { ca: authority.cert } });
      await expectTraffic(nc);
      const error = await expectNoLeak(() => failure(connect({ servers })));
      expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    });
  });

  test("is reached at wss:// by a name that only its certificate knows [TLS-07]", async () => {
    using certificates = new Certificates();
    const authority = await certificates.authority();
    const { certFile, keyFile } = await authority.issue({ names: ["nats.test"] });
    const config = secured(`cert_file: "${certFile}", key_file: "${keyFile}"`);
    await withServer({ config }, async (server) => {
      const servers = urlOf(server);
      const ca = authority.cert;
      await using nc = await connect({ servers, tls: { ca, servername: "nats.test" } });
      await expectTraffic(nc);
      const error = await expectNoLeak(() => failure(connect({ servers, tls: { ca } })));
      expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    });
  });

  test("is shown a client's certificate at wss://, and refuses who has none [TLS-06]", async () => {
    using certificates = new Certificates();
    const authority = await certificates.authority();
    const { certFile, keyFile } = await authority.issue();
    const config = secured(
      `cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${authority.caFile}", verify: true`,
    );
    await withServer({ config }, async (server) => {
      const servers = urlOf(server);
      const ca = authority.cert;
      const { cert, key } = await authority.issue({ commonName: "joe" });
      await using nc = await connect({ servers, tls: { ca, cert, key } });
      await expectTraffic(nc);
      const error = await expectNoLeak(() => failure(connect({ servers, tls: { ca } })));
      expect(error).toMatchObject({ code: "TLS_FAILED" });
    });
  });

  test("is not spoken to in TCP, nor the TCP port in HTTP", async () => {
    await withServer({ config: LISTENER }, async (server) => {
      const tcp = server.url.replace("nats://", "");
      const web = urlOf(server).replace("ws://", "");
      const reverse = await expectNoLeak(() => failure(connect(`ws://${tcp}`)));
      expect(reverse).toMatchObject({ code: "NOT_A_NATS_SERVER", phase: "upgrade" });
      expect(reverse.message).toContain("nats://");
      // The server waits for a request and the client for INFO, until it asks what is there.
      const silent = await expectNoLeak(() => failure(connect({ servers: `nats://${web}`, timeout: 100 })));
      expect(silent).toMatchObject({ code: "NOT_A_NATS_SERVER" });
      expect(silent.message).toContain("ws://");
    });
  });

  test("is reached by a socket of the application's own [WS-20]", async () => {
    const config = LISTENER.replace("-1", `${await refusedPort()}`);
    await withServer({ config }, async (server) => {
      const opened: string[] = [];
      const open = ({ url }: { url: string }): WebSocket => {
        opened.push(url);
        return new WebSocket(url);
      };
      await expectNoLeak(async () => {
        const nc = await connect({
          servers: urlOf(server),
          websocket: { open, path: "a/b" },
          reconnect: { delay: 10 },
        });
        await expectTraffic(nc);
        await server.kill();
        await server.start();
        await eventually(() => expect(nc.state).toBe("connected"));
        await expectTraffic(nc);
        await nc.drain();
      });
      expect(new Set(opened)).toEqual(new Set([`${urlOf(server)}/a/b`]));
    });
  });
});

/** Must not be asked. */
function open(): WebSocket {
  throw new Error("dialled");
}

const OWN = { servers: "wss://127.0.0.1:1", websocket: { open } };

describe("options that contradict each other", () => {
  test.each([
    [{ servers: "ws://127.0.0.1:1,nats://127.0.0.1:2" }, "servers", "INVALID_SERVER_URL"],
    [{ servers: "nats://127.0.0.1:2,wss://127.0.0.1:1" }, "servers", "INVALID_SERVER_URL"],
    [{ servers: "nats://127.0.0.1:2", websocket: { path: "/a" } }, "websocket", "INVALID_OPTION"],
    [{ servers: "ws://127.0.0.1:2", tls: true }, "tls", "INVALID_OPTION"],
    [{ servers: "wss://127.0.0.1:2", tls: { handshakeFirst: true } }, "tls.handshakeFirst", "INVALID_OPTION"],
    [{ servers: "wss://127.0.0.1:2", tls: false }, "tls", "INVALID_OPTION"],
    [{ servers: "ws://127.0.0.1:2", websocket: { path: "a b" } }, "websocket.path", "INVALID_OPTION"],
    [{ ...OWN, websocket: { open, headers: { a: "b" } } }, "websocket.headers", "INVALID_OPTION"],
    [{ ...OWN, websocket: { open, compression: true } }, "websocket.compression", "INVALID_OPTION"],
    [{ ...OWN, localAddress: "127.0.0.1" }, "localAddress", "INVALID_OPTION"],
    [{ ...OWN, tls: { servername: "a" } }, "tls", "INVALID_OPTION"],
  ] as const)("%j are told before any dial [URL-10] [OPT-34] [TLS-10]", async (options, argument, code) => {
    expect(await failure(connect(options))).toMatchObject({ code, argument });
  });

  test.each([
    [{ "a b": "c" }, "a b"],
    [{ ok: "a\nb" }, "ok"],
    [{ "Sec-WebSocket-Key": "mine" }, "Sec-WebSocket-Key"],
  ])("headers %j are no headers", async (headers, name) => {
    const error = await failure(connect({ servers: "ws://127.0.0.1:1", websocket: { headers } }));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "websocket.headers" });
    expect(error.message).toContain(name);
  });
});

test("a scheme is taken over from the first of the list, or from the connection [URL-01] [URL-02] [URL-10]", async () => {
  await withServer({ config: LISTENER }, async (server) => {
    const host = urlOf(server).replace("ws://", "");
    await using nc = await connect({ servers: [urlOf(server), host, "127.0.0.2"], randomize: false });
    expect(nc.servers).toEqual([urlOf(server), urlOf(server), "ws://127.0.0.2:80"]);
    for (const other of [["ws://127.0.0.1:1", "nats://127.0.0.1:2"], ["nats://127.0.0.1:2"]])
      expect(thrown(() => nc.setServers(other)).code).toBe("INVALID_SERVER_URL");
    nc.setServers([host]);
    expect(nc.servers).toEqual([urlOf(server)]);
  });
});
