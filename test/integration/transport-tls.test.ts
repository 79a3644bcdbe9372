import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TlsOptions } from "../../src/core/tls-options.ts";
import { type Authority, Certificates, type Identity } from "../support/certificates.ts";
import { dialSecure, type DialSetup, TransportLog } from "../support/dialling.ts";
import { failure } from "../support/failure.ts";
import { withServer } from "../support/nats-server.ts";

const certificates = new Certificates();
let authority: Authority;
let server: Identity;
let client: Identity;

beforeAll(async () => {
  authority = await certificates.authority();
  server = await authority.issue();
  client = await authority.issue({ commonName: "client" });
});
afterAll(() => certificates[Symbol.dispose]());

/** The configuration of a server with TLS. */
function config(more = ""): string {
  const { certFile, keyFile } = server;
  return `tls { cert_file: "${certFile}", key_file: "${keyFile}", ${more} }`;
}

const FIRST = "handshake_first: true, ";
const VERIFY = (): string => `verify: true, ca_file: "${authority.caFile}"`;

/** Connects by hand, sends a large message to itself, and gives what came back after the handshake. */
async function exchange(port: number, setup: DialSetup): Promise<string> {
  const transport = await dialSecure(port, setup);
  try {
    const log = new TransportLog(transport);
    await log.write('CONNECT {"verbose":false,"pedantic":false,"echo":true}\r\nPING\r\n');
    const closed = log.closed.then((error) => Promise.reject(error ?? new Error("closed in order")));
    await Promise.race([log.hasText("PONG\r\n"), closed]);
    closed.catch(() => undefined);
    const payload = "x".repeat(900_000);
    await log.write(`SUB a 1\r\nPUB a ${payload.length}\r\n${payload}\r\nPING\r\n`);
    await log.hasText(`MSG a 1 ${payload.length}\r\n${payload}\r\n`);
    return log.text.slice(0, log.text.indexOf("PONG"));
  } finally {
    await transport.end(1_000);
  }
}

function trust(more: TlsOptions = {}): TlsOptions {
  return { caFile: authority.caFile, ...more };
}

describe("a real server", () => {
  test("upgrades after INFO, and does not repeat it [TLS-04] [R80]", async () => {
    await withServer({ config: config() }, async ({ port }) => {
      expect(await exchange(port, { host: "localhost", tls: trust() })).not.toContain("INFO");
      expect(await exchange(port, { host: "127.0.0.1", tls: trust() })).not.toContain("INFO");
      const refused = await failure(exchange(port, { tls: {} }));
      expect(refused.code).toBe("TLS_FAILED");
    });
  });

  test("begins with TLS, INFO within [TLS-04] [R80]", async () => {
    await withServer({ config: config(FIRST) }, async ({ port }) => {
      const before = await exchange(port, { host: "localhost", tls: trust({ handshakeFirst: true }) });
      expect(before).toContain("INFO {");
    });
  });

  test("without it answers a first handshake in plain text", async () => {
    await withServer({ config: config() }, async ({ port }) => {
      const refused = await failure(exchange(port, { tls: trust({ handshakeFirst: true }) }));
      expect(refused).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
    });
  });

  test.each([false, true])(
    "asks for a client certificate (TLS first: %s) [OPT-19] [R80]",
    async (handshakeFirst) => {
      const { certFile, keyFile } = client;
      const more = `${handshakeFirst ? FIRST : ""}${VERIFY()}`;
      await withServer({ config: config(more) }, async ({ port }) => {
        await exchange(port, { tls: trust({ handshakeFirst, certFile, keyFile }) });
        for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
          const refused = await failure(exchange(port, { tls: trust({ handshakeFirst, maxVersion }) }));
          expect(refused).toMatchObject({ code: "TLS_FAILED", phase: "tls" });
          expect(refused.message).toMatch(
            maxVersion === "TLSv1.3" ? /certificate required/ : /handshake failure/,
          );
        }
      });
    },
  );
});
