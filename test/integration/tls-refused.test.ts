import { describe, expect, test } from "vitest";
import {
  connect,
  type ConnectOptions,
  type NatsError,
  type ReconnectAttempt,
  type TlsOptions,
} from "../../src/index.ts";
import type { Identity } from "../support/certificates.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { groupNeeds, SECURE_SCHEME, TLS_BEGINNINGS, withServer } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import {
  byName,
  expectNothingInClear,
  expectTraffic,
  PATIENT,
  type TlsSetup,
  useTls,
} from "../support/tls-server.ts";

const made = useTls();

describe("a server's certificate that is no good", () => {
  type Case = [
    title: string,
    present: (setup: TlsSetup) => Identity | Promise<Identity>,
    tls: (setup: TlsSetup) => TlsOptions,
    reason: RegExp,
  ];
  const trust = (setup: TlsSetup): TlsOptions => setup.trust();

  test.each<Case>([
    [
      "of another authority",
      ({ server }) => server,
      ({ other }) => ({ caFile: other.caFile }),
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    ],
    [
      "for another name",
      ({ authority }) => authority.issue({ names: ["b.example"] }),
      trust,
      /localhost.*b\.example.*ERR_TLS_CERT_ALTNAME_INVALID/,
    ],
    [
      "for a name that is not the one asked for",
      ({ server }) => server,
      (setup) => setup.trust({ servername: "a.example" }),
      /as "a\.example" failed: .*ERR_TLS_CERT_ALTNAME_INVALID/,
    ],
    [
      "expired",
      ({ authority }) => authority.issue({ validity: "expired" }),
      trust,
      /expired \(CERT_HAS_EXPIRED\)/,
    ],
    [
      "not valid yet",
      ({ authority }) => authority.issue({ validity: "not-yet" }),
      trust,
      /not yet valid \(CERT_NOT_YET_VALID\)/,
    ],
    [
      "not liked by checkServerIdentity",
      ({ server }) => server,
      (setup) => setup.trust({ checkServerIdentity: () => new Error("not this one") }),
      /not this one/,
    ],
  ])("%s: TLS_FAILED says whose and why [TLS-08] [TLS-09] [R80]", async (_title, present, tls, reason) => {
    const { setup } = made;
    const identity = await present(setup);
    for (const [, first] of TLS_BEGINNINGS) {
      const config = setup.config({ identity, tls: first ? "handshake_first: true" : "" });
      await withServer({ config }, async ({ port }) => {
        await using proxy = await Proxy.start(port);
        const options = { ...tls(setup), ...(first ? { handshakeFirst: true } : {}) };
        const servers = byName(proxy);
        const error = await expectNoLeak(() => failure(connect({ ...PATIENT, servers, tls: options })));
        expect(error).toMatchObject({ name: "ConnectionError", code: "TLS_FAILED", phase: "tls" });
        expect(error.message).toMatch(/^TLS with localhost:\d+ /);
        expect(error.message).toMatch(reason);
        expect(error).toMatchObject({ server: servers, cause: { message: expect.any(String) } });
        expectNothingInClear(proxy);
      });
    }
  });

  test("is not for the address when it is for the name [TLS-07]", async () => {
    const { setup } = made;
    const identity = await setup.authority.issue({ names: ["localhost"] });
    await withServer({ config: setup.config({ identity }) }, async (server) => {
      const error = await failure(connect({ ...PATIENT, servers: server.url, tls: setup.trust() }));
      expect(error).toMatchObject({ code: "TLS_FAILED" });
      expect(error.message).toMatch(/^TLS with 127\.0\.0\.1:\d+ failed: .*ALTNAME_INVALID/);
      const tls = setup.trust({ servername: "localhost" });
      await using nc = await connect({ ...PATIENT, servers: server.url, tls });
      await expectTraffic(nc);
    });
  });

  test("is taken only by who says so [TLS-08]", async () => {
    const { setup } = made;
    const identity = await setup.other.issue({ names: ["b.example"], validity: "expired" });
    await withServer({ config: setup.config({ identity }) }, async (server) => {
      await using nc = await connect({
        ...PATIENT,
        servers: byName(server),
        tls: { rejectUnauthorized: false },
      });
      await expectTraffic(nc);
    });
  });

  test("is tried again with firstConnect, until it is good [TLS-09]", async () => {
    const { setup } = made;
    const identity = await setup.authority.issue({ validity: "expired" });
    await withServer({ config: setup.config({ identity }) }, async (server) => {
      const errors: NatsError[] = [];
      const third = new Gate();
      const delayHandler = ({ error }: ReconnectAttempt): number => {
        if (errors.push(error) === 3) third.open();
        return 10;
      };
      const reconnect = { firstConnect: true, delayHandler };
      const connecting = connect({ ...PATIENT, servers: byName(server), tls: setup.trust(), reconnect });
      await third.opened;
      await server.restart({ config: setup.config() });
      await using nc = await connecting;
      await expectTraffic(nc);
      const codes = errors.slice(0, 3).map(({ code }) => code);
      expect(codes).toEqual(["TLS_FAILED", "TLS_FAILED", "TLS_FAILED"]);
    });
  });

  test("is tried again in the background, until it is good [TLS-09]", async () => {
    const { setup } = made;
    const identity = await setup.authority.issue({ validity: "expired" });
    await withServer({ config: setup.config({ identity }) }, async (server) => {
      const servers = byName(server);
      const reconnect = { ...QUICK_RECONNECT, firstConnect: "background" } as const;
      await using nc = await connect({ ...PATIENT, servers, tls: setup.trust(), reconnect });
      const log = new EventLog(nc);
      expect(nc.state).toBe("reconnecting");
      nc.publish("early", "x");
      expect(await log.wait("reconnecting", 3)).toMatchObject({ error: { code: "TLS_FAILED" } });
      await server.restart({ config: setup.config() });
      expect(await log.wait("reconnected")).toMatchObject({ replayed: 1 });
      await expectTraffic(nc);
    });
  });
});

groupNeeds("an alert about a client's certificate")("a client's certificate that is no good", () => {
  test.each(["expired", "not-yet"] as const)("%s: TLS_FAILED [TLS-09] [R80]", async (validity) => {
    const { setup } = made;
    const { cert, key } = await setup.authority.issue({ validity });
    await withServer({ config: setup.config({ tls: setup.verify }) }, async (server) => {
      const servers = byName(server);
      const error = await expectNoLeak(() =>
        failure(connect({ ...PATIENT, servers, tls: setup.trust({ cert, key }) })),
      );
      expect(error).toMatchObject({ code: "TLS_FAILED", server: servers });
      expect(error.message).toMatch(/^TLS with localhost:\d+ /);
    });
  });
});

/** What connecting with these options fails with, when nothing was dialled. */
async function undialled(options: object): Promise<Awaited<ReturnType<typeof failure>>> {
  let dials = 0;
  const dial = (): never => {
    dials++;
    throw new Error("dialled");
  };
  const error = await failure(connect({ dial, servers: "tls://localhost", ...options }));
  expect(dials).toBe(0);
  expect(error).toMatchObject({ name: "ArgumentError", code: "INVALID_OPTION" });
  return error;
}

describe("options that can't work are told before anything is dialled", () => {
  test.each<[string, (setup: TlsSetup) => object, string, RegExp]>([
    ["a file that is not there [OPT-18]", () => ({ caFile: "/nowhere/ca.pem" }), "tls.caFile", /nowhere/],
    [
      "a file without a certificate [OPT-18]",
      ({ client }) => ({ caFile: client.keyFile }),
      "tls.caFile",
      /no cert/,
    ],
    [
      "a certificate file that is not there [OPT-19]",
      ({ client }) => ({ certFile: "/nowhere/c.pem", keyFile: client.keyFile }),
      "tls.certFile",
      /nowhere/,
    ],
    [
      "a key without a certificate [OPT-19]",
      ({ client }) => ({ keyFile: client.keyFile }),
      "tls.keyFile",
      /needs/,
    ],
    [
      "a certificate without a key [OPT-19]",
      ({ client }) => ({ certFile: client.certFile }),
      "tls.certFile",
      /needs/,
    ],
    [
      "another certificate's key [OPT-19] [R80]",
      ({ client, server }) => ({ certFile: client.certFile, keyFile: server.keyFile }),
      "tls.keyFile",
      /does not belong/,
    ],
    [
      "the same in two ways",
      ({ authority }) => ({ ca: authority.cert, caFile: authority.caFile }),
      "tls.caFile",
      /together/,
    ],
    ["an option that does not exist", () => ({ cafile: "x" }), "tls.cafile", /did you mean "tls.caFile"\?/],
    [
      "an option by its name elsewhere",
      () => ({ handshake_first: true }),
      "tls.handshake_first",
      /did you mean "tls.handshakeFirst"\?/,
    ],
    ["no boolean", () => ({ handshakeFirst: "yes" }), "tls.handshakeFirst", /true or false/],
    [
      "no boolean where it counts",
      () => ({ rejectUnauthorized: 0 }),
      "tls.rejectUnauthorized",
      /true or false/,
    ],
  ])("%s", async (_title, tls, argument, text) => {
    const error = await undialled({ tls: tls(made.setup) });
    expect(error.argument).toBe(argument);
    expect(error.message).toMatch(text);
  });

  test("tls that is neither a boolean nor options", async () => {
    for (const tls of ["yes", 1, null]) expect(await undialled({ tls })).toMatchObject({ argument: "tls" });
  });

  test("a tls:// URL with tls: false [OPT-17]", async () => {
    for (const servers of ["tls://localhost", ["nats://localhost", "tls://localhost"]]) {
      const error = await undialled({ servers, tls: false });
      expect(error).toMatchObject({ argument: "tls" });
      expect(error.message).toMatch(/it is false, and a server's URL asks for TLS/);
    }
  });
});

describe("the caller's options", () => {
  test("are never changed: not by connecting, nor by an outage, nor through a second connection [TLS-06] [R107]", async () => {
    const { setup } = made;
    const { certFile, keyFile } = setup.client;
    const tls: TlsOptions = Object.freeze({
      caFile: Object.freeze([setup.authority.caFile]),
      certFile,
      keyFile,
      ALPNProtocols: Object.freeze(["nats"]),
    });
    await withServer({ config: setup.config({ tls: setup.verify }) }, async (server) => {
      await using proxy = await Proxy.start(server.port);
      const servers = Object.freeze([byName(proxy, SECURE_SCHEME)]);
      const options: ConnectOptions = Object.freeze({ ...PATIENT, servers, tls, reconnect: QUICK_RECONNECT });
      const before = JSON.stringify(options);
      await using nc = await connect(options);
      const events = new EventLog(nc);
      proxy.cut();
      await events.wait("reconnected");
      await using second = await connect(options);
      await expectTraffic(nc);
      await expectTraffic(second);
      expect(JSON.stringify(options)).toBe(before);
    });
  });

  test("are read once: what is changed in them later has no effect [TLS-06] [R107]", async () => {
    const { setup } = made;
    const tls = { ca: setup.authority.cert, rejectUnauthorized: true, servername: "localhost" };
    await withServer({ config: setup.config() }, async (server) => {
      await using proxy = await Proxy.start(server.port);
      const connecting = connect({ ...PATIENT, servers: byName(proxy), tls, reconnect: QUICK_RECONNECT });
      Object.assign(tls, { ca: setup.other.cert, servername: "a.example", handshakeFirst: true });
      await using nc = await connecting;
      const events = new EventLog(nc);
      proxy.cut();
      await events.wait("reconnected");
      expect(events.of("reconnecting")).toHaveLength(1);
    });
  });
});
