import { describe, expect, test } from "vitest";
import { connect, type NatsError } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { groupNeeds, needs, TLS_SCHEMES, withCluster, withServer } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import {
  byName,
  expectNothingInClear,
  expectTraffic,
  isSecureAt,
  PATIENT,
  type TlsSetup,
  useTls,
} from "../support/tls-server.ts";

const made = useTls();

const RECONNECT = { ...PATIENT, reconnect: QUICK_RECONNECT };

/** Waits until an attempt has failed with this code and a text like this; what the next one is told of it. */
async function failedAttempt(log: EventLog, code: string, text = /./): Promise<NatsError> {
  for (let number = 1; ; number++) {
    const { error } = await log.wait("reconnecting", number);
    if (error.code === code && text.test(error.message)) return error;
  }
}

describe("a reconnect", () => {
  type Case = [
    title: string,
    scheme: string | undefined,
    config: (setup: TlsSetup) => Parameters<TlsSetup["config"]>[0],
    handshakeFirst: boolean,
  ];

  test.each<Case>([
    ["TLS that is required", undefined, () => ({}), false],
    ["client certificates", undefined, (setup) => ({ tls: setup.verify }), false],
  ])("does the same as the first connect: %s [R80]", expectSameAgain);

  needs("TLS after INFO").each<Case>([
    ["a tls:// URL", "tls", () => ({}), false],
    ["TLS that is only offered", "nats", () => ({ more: "allow_non_tls: true" }), false],
    ["TLS from the first byte on", "nats", () => ({ tls: "handshake_first: true" }), true],
  ])("does the same as the first connect: %s [R80]", expectSameAgain);

  async function expectSameAgain(...[, scheme, config, handshakeFirst]: Case): Promise<void> {
    const { setup } = made;
    const { caFile } = setup.authority;
    const { certFile, keyFile } = setup.client;
    await withServer({ config: setup.config(config(setup)) }, async (server) => {
      await using proxy = await Proxy.start(server.port);
      const tls = { caFile, certFile, keyFile, ...(handshakeFirst ? { handshakeFirst } : {}) };
      await using nc = await connect({ ...RECONNECT, servers: byName(proxy, scheme), tls });
      const log = new EventLog(nc);
      const got: string[] = [];
      nc.subscribe("n", { callback: (m) => void got.push(m.string()) });
      await nc.flush();
      for (const outage of [1, 2]) {
        await server.kill();
        await log.wait("disconnected", outage);
        nc.publish("n", String(outage));
        await server.restart();
        await log.wait("reconnected", outage);
        expect(await isSecureAt(server, nc)).toBe(true);
        await expectTraffic(nc);
      }
      expect(got).toEqual(["1", "2"]);
      expectNothingInClear(proxy);
    });
  }

  needs("TLS after INFO")(
    "to a server that has lost its TLS says nothing there, and goes on when it is back [TLS-01] [TLS-09] [R80]",
    async () => {
      const { setup } = made;
      await withServer({ config: setup.config() }, async (server) => {
        await using proxy = await Proxy.start(server.port);
        await using nc = await connect({ ...RECONNECT, servers: byName(proxy), tls: setup.trust() });
        const log = new EventLog(nc);
        await server.restart({ config: "" });
        const error = await failedAttempt(log, "TLS_NOT_AVAILABLE");
        expect(error).toMatchObject({ phase: "info", server: byName(proxy) });
        nc.publish("secret", "not for everybody");
        await server.restart({ config: setup.config() });
        await log.wait("reconnected");
        await expectTraffic(nc);
        expectNothingInClear(proxy);
        expect(proxy.recordedUp.includes("not for everybody")).toBe(false);
      });
    },
  );

  test("to a server with another certificate fails until that is right again [TLS-08] [TLS-09] [R80]", async () => {
    const { setup } = made;
    const { authority, other } = setup;
    await withServer({ config: setup.config() }, async (server) => {
      await using nc = await connect({ ...RECONNECT, servers: byName(server), tls: setup.trust() });
      const log = new EventLog(nc);
      for (const [identity, reason] of [
        [await other.issue(), /UNABLE_TO_VERIFY/],
        [await authority.issue({ validity: "expired" }), /CERT_HAS_EXPIRED/],
        [await authority.issue({ names: ["b.example"] }), /ALTNAME_INVALID/],
      ] as const) {
        await server.restart({ config: setup.config({ identity }) });
        const error = await failedAttempt(log, "TLS_FAILED", reason);
        expect(error).toMatchObject({ phase: "tls", server: byName(server) });
      }
      await server.restart({ config: setup.config() });
      await log.wait("reconnected");
      await expectTraffic(nc);
    });
  });
});

describe("certificate files are read again for each dial", () => {
  test("the authorities, when the server goes over to another one [OPT-18] [TLS-09]", async () => {
    const { setup } = made;
    const { authority, other, certificates } = setup;
    const caFile = certificates.file(authority.cert, "renewed-ca.pem");
    await withServer({ config: setup.config() }, async (server) => {
      await using nc = await connect({ ...RECONNECT, servers: byName(server), tls: { caFile } });
      const log = new EventLog(nc);
      await server.restart({ config: setup.config({ identity: await other.issue() }) });
      await failedAttempt(log, "TLS_FAILED");
      certificates.file(other.cert, "renewed-ca.pem");
      await log.wait("reconnected");
      await expectTraffic(nc);
    });
  });

  test("the client's own, also while they are no good [OPT-19] [TLS-09]", async () => {
    const { setup } = made;
    const { authority, certificates, client } = setup;
    const certFile = certificates.file(client.cert, "own-cert.pem");
    const keyFile = certificates.file(client.key, "own-key.pem");
    const renewed = await authority.issue({ commonName: "renewed" });
    const tls = `verify_and_map: true, ca_file: "${authority.caFile}"`;
    const more = 'authorization { users: [ { user: "CN=client" }, { user: "CN=renewed" } ] }';
    await withServer({ config: setup.config({ tls, more }) }, async (server) => {
      await using proxy = await Proxy.start(server.port);
      await using nc = await connect({
        ...RECONNECT,
        servers: byName(proxy),
        tls: setup.trust({ certFile, keyFile }),
      });
      const log = new EventLog(nc);
      // Between the two a renewal looks like this, or like a file that is being written.
      certificates.file(renewed.cert, "own-cert.pem");
      proxy.cut();
      expect(await failedAttempt(log, "TLS_FAILED")).toMatchObject({ phase: "tls" });
      certificates.file("", "own-cert.pem");
      await failedAttempt(log, "TLS_FAILED", /own-cert\.pem.* holds no certificate/);
      certificates.file(renewed.key, "own-key.pem");
      certificates.file(renewed.cert, "own-cert.pem");
      await log.wait("reconnected");
      const info = (await nc.request("$SYS.REQ.USER.INFO", "", PATIENT)).json();
      expect(info).toMatchObject({ data: { user: "CN=renewed" } });
    });
  });
});

groupNeeds("a cluster")("a cluster with certificates for its name only", () => {
  test.each(TLS_SCHEMES)(
    "that was reached by %s://name: servers that are known by address are checked against the name [POOL-13] [TLS-07] [SC-35]",
    async (scheme) => {
      const { setup } = made;
      const identity = await setup.authority.issue({ names: ["localhost"] });
      await withCluster(3, { config: setup.config({ identity }) }, async ({ servers }) => {
        const [first] = servers;
        const start = byName(first!, scheme);
        await using nc = await connect({ ...RECONNECT, servers: start, tls: setup.trust() });
        const log = new EventLog(nc);
        const addresses = servers.map(({ port }) => `${scheme}://127.0.0.1:${port}`);
        await expect
          .poll(() => [...nc.discoveredServers].sort(), { timeout: 15_000 })
          .toEqual(addresses.toSorted());

        // From the name to an address, and from there to another one: what was learned there has the name, too.
        for (const outage of [1, 2]) {
          const current = servers.find(({ port }) => nc.server?.endsWith(`:${port}`))!;
          await current.kill();
          await log.wait("reconnected", outage);
          const next = servers.find(({ port }) => nc.server?.endsWith(`:${port}`))!;
          expect(nc.server).toBe(`${scheme}://127.0.0.1:${next.port}`);
          expect(await isSecureAt(next, nc)).toBe(true);
          await expectTraffic(nc);
        }
        expect(log.of("reconnecting").filter(({ error }) => error.code === "TLS_FAILED")).toEqual([]);
      });
    },
  );

  test("that was reached by address with a name of the user's own: that holds for all [TLS-07]", async () => {
    const { setup } = made;
    const identity = await setup.authority.issue({ names: ["cluster.example"] });
    await withCluster(2, { config: setup.config({ identity }) }, async ({ servers }) => {
      const [first, second] = servers;
      const refused = await failure(connect({ ...PATIENT, servers: byName(first!), tls: setup.trust() }));
      expect(refused.code).toBe("TLS_FAILED");
      const tls = setup.trust({ servername: "cluster.example" });
      await using nc = await connect({ ...RECONNECT, servers: byName(first!), tls });
      const log = new EventLog(nc);
      await expect.poll(() => nc.discoveredServers, { timeout: 15_000 }).toContain(second!.url);
      await first!.kill();
      await log.wait("reconnected");
      expect(nc.server).toBe(second!.url);
      await expectTraffic(nc);
    });
  });
});

describe("reconnect()", () => {
  needs("a cluster")("moves over TLS, and takes the subscriptions along [TLS-07]", async () => {
    const { setup } = made;
    await withCluster(2, { config: setup.config() }, async ({ servers }) => {
      const [first, second] = servers;
      const urls = [byName(first!), byName(second!)];
      const options = { ...PATIENT, discoverServers: false, randomize: false, tls: setup.trust() };
      await using publisher = await connect({ ...options, servers: urls[1]! });
      await using nc = await connect({ ...options, servers: urls });
      const log = new EventLog(nc);
      const got: string[] = [];
      nc.subscribe("n", { callback: (m) => void got.push(m.string()) });
      await nc.flush();
      for (const move of [1, 2, 3]) {
        await nc.reconnect(PATIENT);
        const { server } = await log.wait("moved", move);
        expect(server).toBe(urls[move % 2]);
        expect(await isSecureAt(servers[move % 2]!, nc)).toBe(true);
        // Its interest may still be on its way from one server to the other.
        await expect
          .poll(
            () => {
              publisher.publish("n", String(move));
              return got.includes(String(move));
            },
            { timeout: 15_000 },
          )
          .toBe(true);
      }
      expect(log.of("disconnected")).toEqual([]);
    });
  });

  test("that fails by TLS rejects, and the link stays [TLS-09]", async () => {
    const { setup } = made;
    const { authority, other, certificates } = setup;
    const caFile = certificates.file(authority.cert, "moving-ca.pem");
    await withServer({ config: setup.config() }, async (server) => {
      await using nc = await connect({ ...PATIENT, servers: byName(server), tls: { caFile } });
      const log = new EventLog(nc);
      certificates.file(other.cert, "moving-ca.pem");
      expect(await failure(nc.reconnect(PATIENT))).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
      await expectTraffic(nc);
      certificates.file(authority.cert, "moving-ca.pem");
      await nc.reconnect(PATIENT);
      await expectTraffic(nc);
      expect(log.types).toEqual(["moved"]);
    });
  });
});
