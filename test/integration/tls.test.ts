import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { needs, withServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { Proxy } from "../support/proxy.ts";
import { TlsPeer } from "../support/tls-peer.ts";
import {
  PATIENT,
  byName,
  expectNothingInClear,
  expectTraffic,
  isSecureAt,
  useTls,
} from "../support/tls-server.ts";

const made = useTls();
const FIRST = "handshake_first: true";
/** Server settings: TLS is offered, not required. */
const OFFERED = "allow_non_tls: true";

/** What connecting fails with, when nothing stays open and nothing was said in clear. */
async function refusal(port: number, options: ConnectOptions & { scheme?: string }) {
  const { scheme, ...rest } = options;
  await using proxy = await Proxy.start(port);
  const servers = byName(proxy, scheme);
  const error = await expectNoLeak(() => failure(connect({ ...PATIENT, ...rest, servers })));
  expectNothingInClear(proxy);
  expect(proxy.connections).toBe(1);
  expect(error).toMatchObject({ name: "ConnectionError", server: servers });
  return error;
}

describe("a server that requires TLS", () => {
  test.each(["nats", "tls"])("gets it at a %s:// URL [TLS-02] [TLS-04] [R80]", async (scheme) => {
    await withServer({ config: made.setup.config() }, async (server) => {
      await using proxy = await Proxy.start(server.port);
      const servers = byName(proxy, scheme);
      await using nc = await connect({ ...PATIENT, servers, tls: made.setup.trust() });
      await expectTraffic(nc);
      expect(await isSecureAt(server, nc)).toBe(true);
      expectNothingInClear(proxy);
      expect([nc.server, nc.isSecure]).toEqual([servers, true]);
    });
  });

  test("gets it from whoever did not ask for it, too: authorities of the system are not enough here [TLS-02] [TLS-08] [R80]", async () => {
    await withServer({ config: made.setup.config() }, async ({ port }) => {
      for (const options of [{}, { scheme: "tls" }, { tls: true }, { tls: {} }]) {
        const error = await refusal(port, options);
        expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
        expect(error.message).toMatch(
          /^TLS with localhost:\d+ failed: .* \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\); .*"tls\.caFile"/,
        );
      }
    });
  });

  test("is left alone with tls: false [TLS-02] [TLS-11] [R80]", async () => {
    await withServer({ config: made.setup.config() }, async ({ port }) => {
      const error = await refusal(port, { tls: false });
      expect(error).toMatchObject({ code: "TLS_REQUIRED", phase: "info" });
      expect(error.message).toMatch(/^nats:\/\/localhost:\d+ requires TLS/);
    });
  });
});

describe("somebody on the way who writes in clear behind INFO, before TLS begins", () => {
  /** Connects to a server that requires TLS and, within it, answers PING; `injected` comes with its INFO. */
  async function connectPast(injected: string, body: (connecting: Promise<Connection>) => Promise<void>) {
    const { cert, key } = made.setup.server;
    const on = (socket: TLSSocket): void => {
      socket.on("data", (chunk: Buffer) => {
        if (chunk.includes("PING\r\n")) socket.write("PONG\r\n");
      });
    };
    const greeting = `INFO {"server_id":"A","headers":true,"tls_required":true}\r\n${injected}`;
    await using peer = await TlsPeer.start({ tls: { cert, key }, greeting, on });
    const servers = `nats://localhost:${peer.port}`;
    await body(connect({ ...PATIENT, servers, tls: made.setup.trust(), reconnect: false }));
  }

  // Each would be completed by the first bytes that the server sends within TLS, and be taken for its word.
  test.each(["-ERR 'Authorization ", "MSG a 1 4\r\n", "+O", "I", 'INFO {"server_id":"B"'])(
    "is not heard: the beginning %j is dropped [TLS-04]",
    async (injected) => {
      await connectPast(injected, async (connecting) => {
        await using nc = await connecting;
        await nc.flush();
        expect(nc.info?.serverId).toBe("A");
      });
    },
  );

  test.each(["PONG\r\n", "+OK\r\n", "MSG a 1 0\r\n\r\n", 'INFO {"server_id":"B"}\r\n'])(
    "is found out: %j ends the attempt, and nothing is left [TLS-04]",
    async (injected) => {
      await expectNoLeak(() =>
        connectPast(injected, async (connecting) => {
          expect(await failure(connecting)).toMatchObject({ code: "MALFORMED_OPERATION" });
        }),
      );
    },
  );
});

describe("a server without TLS", () => {
  test("gets nothing of who wants it [TLS-01] [OPT-16] [R80]", async () => {
    await withServer({}, async ({ port }) => {
      for (const options of [{ tls: true }, { tls: made.setup.trust() }, { tls: {} }, { scheme: "tls" }]) {
        const error = await refusal(port, options);
        expect(error).toMatchObject({ code: "TLS_NOT_AVAILABLE", phase: "info" });
        expect(error.message).toMatch(/localhost:\d+ does not offer TLS/);
      }
    });
  });

  test("is spoken to in clear with tls: false, and without a word about it", async () => {
    await withServer({}, async (server) => {
      for (const options of [{}, { tls: false }]) {
        await using nc = await connect({ ...PATIENT, ...options, servers: server.url });
        expect(await isSecureAt(server, nc)).toBe(false);
      }
    });
  });
});

describe("a server that offers TLS", () => {
  test("is spoken to in clear by who refuses TLS [TLS-03]", async () => {
    await withServer({ config: made.setup.config({ more: OFFERED }) }, async (server) => {
      await using nc = await connect({ ...PATIENT, tls: false, servers: byName(server) });
      expect(nc.info).toMatchObject({ tlsAvailable: true, tlsRequired: false });
      expect(await isSecureAt(server, nc)).toBe(false);
      await expectTraffic(nc);
    });
  });

  test("is not spoken to in clear by who says nothing of TLS, also if its certificate is none [TLS-03]", async () => {
    await withServer({ config: made.setup.config({ more: OFFERED }) }, async (server) => {
      await using proxy = await Proxy.start(server.port);
      const error = await failure(connect({ ...PATIENT, servers: byName(proxy), reconnect: false }));
      expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
      expect(error.message).toContain("tls.caFile");
      expectNothingInClear(proxy);
    });
  });

  test("is spoken to in TLS by who does [TLS-01] [TLS-03] [R80]", async () => {
    await withServer({ config: made.setup.config({ more: OFFERED }) }, async (server) => {
      for (const scheme of ["nats", "tls"]) {
        await using proxy = await Proxy.start(server.port);
        await using nc = await connect({
          ...PATIENT,
          servers: byName(proxy, scheme),
          tls: made.setup.trust(),
        });
        expect(await isSecureAt(server, nc)).toBe(true);
        await expectTraffic(nc);
        expectNothingInClear(proxy);
      }
    });
  });
});

describe("TLS from the first byte on", () => {
  test("with a server that wants it so [TLS-04] [R80]", async () => {
    await withServer({ config: made.setup.config({ tls: FIRST }) }, async (server) => {
      await using proxy = await Proxy.start(server.port);
      const tls = made.setup.trust({ handshakeFirst: true });
      await using nc = await connect({ ...PATIENT, servers: byName(proxy), tls });
      expect(await isSecureAt(server, nc)).toBe(true);
      await expectTraffic(nc);
      expectNothingInClear(proxy);
      expect(proxy.recordedDown.toString("latin1")).not.toContain("INFO");
    });
  });

  test("fails with a server that says INFO first [TLS-09]", async () => {
    for (const config of [made.setup.config(), ""]) {
      await withServer({ config }, async ({ port }) => {
        const error = await refusal(port, { tls: made.setup.trust({ handshakeFirst: true }) });
        expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
        expect(error.message).toMatch(
          /^TLS with localhost:\d+ failed: .*(wrong version number|packet length)/,
        );
      });
    }
  });

  test("is missed by a server that wants it so: nobody speaks, until the time limit [HS-16]", async () => {
    await withServer({ config: made.setup.config({ tls: FIRST }) }, async ({ port }) => {
      const error = await refusal(port, { tls: made.setup.trust(), timeout: 2000 });
      expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "info" });
    });
  });

  test("is missed by a server that wants it so: that closes the link", async () => {
    await withServer({ config: made.setup.config({ tls: `${FIRST}, timeout: 0.1` }) }, async ({ port }) => {
      const error = await refusal(port, { tls: made.setup.trust() });
      expect(error).toMatchObject({ code: "DISCONNECTED", phase: "info" });
    });
  });
});

describe("a server that asks for client certificates", () => {
  test.each(["", FIRST])("takes one that it trusts (%s) [OPT-19] [R80]", async (first) => {
    const { setup } = made;
    const config = setup.config({ tls: `${setup.verify}, ${first}` });
    const { cert, key, certFile, keyFile } = setup.client;
    const { caFile } = setup.authority;
    await withServer({ config }, async (server) => {
      for (const given of [setup.trust({ cert, key }), { caFile, certFile, keyFile }]) {
        const tls = { ...given, handshakeFirst: first !== "" };
        await using nc = await connect({ ...PATIENT, servers: byName(server), tls });
        expect(await isSecureAt(server, nc)).toBe(true);
        await expectTraffic(nc);
      }
    });
  });

  needs("an alert about a client's certificate").each(["TLSv1.2", "TLSv1.3"] as const)(
    "refuses %s without one, and with a stranger's [TLS-09] [R80]",
    async (maxVersion) => {
      const { setup } = made;
      const { cert, key } = await setup.other.issue();
      await withServer({ config: setup.config({ tls: setup.verify }) }, async ({ port }) => {
        for (const own of [{}, { cert, key }]) {
          const error = await refusal(port, { tls: setup.trust({ ...own, maxVersion }) });
          expect(error).toMatchObject({ code: "TLS_FAILED" });
          expect(error.message).toMatch(/^TLS with localhost:\d+ .*(alert|handshake|certificate)/);
        }
      });
    },
  );

  test("knows the user by the certificate", async () => {
    const { setup } = made;
    const tls = `verify_and_map: true, ca_file: "${setup.authority.caFile}"`;
    const more = 'authorization { users: [ { user: "CN=client" } ] }';
    const { cert, key } = setup.client;
    const stranger = await setup.authority.issue({ commonName: "stranger" });
    await withServer({ config: setup.config({ tls, more }) }, async (server) => {
      await using nc = await connect({
        ...PATIENT,
        servers: byName(server),
        tls: setup.trust({ cert, key }),
      });
      const info = (await nc.request("$SYS.REQ.USER.INFO", "", { timeout: NEVER })).json();
      expect(info).toMatchObject({ data: { user: "CN=client" } });
      const own = { cert: stranger.cert, key: stranger.key };
      const error = await failure(connect({ ...PATIENT, servers: byName(server), tls: setup.trust(own) }));
      expect(error).toMatchObject({ name: "AuthenticationError", code: "AUTHORIZATION_VIOLATION" });
    });
  });
});

describe("one tls:// URL among several", () => {
  test("asks for TLS with all of them [POOL-03]", async () => {
    const { setup } = made;
    await withServer({}, async (plain) => {
      await withServer({ config: setup.config({ more: OFFERED }) }, async (offering) => {
        await using proxy = await Proxy.start(plain.port);
        const servers = [byName(proxy), byName(offering), byName(plain, "tls")];
        await using nc = await connect({ ...PATIENT, servers, tls: setup.trust(), randomize: false });
        expect(nc.server).toBe(byName(offering));
        expect(await isSecureAt(offering, nc)).toBe(true);
        expect([proxy.connections, proxy.recordedUp.length]).toEqual([1, 0]);
      });
    });
  });

  test("asks for it by itself, with the system's authorities [POOL-03] [TLS-08]", async () => {
    await withServer({ config: made.setup.config({ more: OFFERED }) }, async (offering) => {
      await using proxy = await Proxy.start(offering.port);
      const servers = [byName(proxy), byName(proxy, "tls")];
      const error = await failure(connect({ ...PATIENT, servers, randomize: false }));
      expect(error).toMatchObject({ code: "TLS_FAILED", attempts: [{ phase: "tls" }, { phase: "tls" }] });
      expectNothingInClear(proxy);
    });
  });
});
