import { afterAll, beforeAll, expect } from "vitest";
import type { Connection, TlsOptions } from "../../src/index.ts";
import { type Authority, Certificates, type Identity } from "./certificates.ts";
import { type RunningServer, TLS_SCHEMES } from "./nats-server.ts";
import { NEVER } from "./never.ts";
import type { Proxy } from "./proxy.ts";

/** For connects that are to succeed, or to fail for another reason than a busy machine. */
export const PATIENT = { timeout: NEVER };

/** What a server's `tls` block is to say beside its certificate. */
export interface TlsConfig {
  readonly identity?: Identity;
  /** More settings of the block. */
  readonly tls?: string;
  /** Settings beside the block. */
  readonly more?: string;
}

/** An authority and what it has signed, for the tests of one file. */
export class TlsSetup {
  readonly certificates: Certificates;
  readonly authority: Authority;
  /** Not trusted by anybody. */
  readonly other: Authority;
  /** For localhost and its addresses. */
  readonly server: Identity;
  readonly client: Identity;

  constructor(
    certificates: Certificates,
    authorities: [Authority, Authority],
    identities: [Identity, Identity],
  ) {
    this.certificates = certificates;
    [this.authority, this.other] = authorities;
    [this.server, this.client] = identities;
  }

  /** The configuration of a server with TLS. */
  config({ identity = this.server, tls = "", more = "" }: TlsConfig = {}): string {
    const files = `cert_file: "${identity.certFile}", key_file: "${identity.keyFile}"`;
    // A busy machine takes its time for a handshake; whoever tests that limit sets it again.
    return `tls { ${files}, timeout: 60, ${tls} }\n${more}`;
  }

  /** The setting with which a server asks for client certificates. */
  get verify(): string {
    return `verify: true, ca_file: "${this.authority.caFile}"`;
  }

  /** Options that trust the authority. */
  trust(more: TlsOptions = {}): TlsOptions {
    return { ca: this.authority.cert, ...more };
  }
}

/** Made in `beforeAll`, gone after all tests. */
export function useTls(): { readonly setup: TlsSetup } {
  const certificates = new Certificates();
  let setup: TlsSetup | undefined;
  beforeAll(async () => {
    const [authority, other] = [
      await certificates.authority(),
      await certificates.authority("another authority"),
    ];
    const [server, client] = [await authority.issue(), await authority.issue({ commonName: "client" })];
    setup = new TlsSetup(certificates, [authority, other], [server, client]);
  });
  afterAll(() => certificates[Symbol.dispose]());
  return {
    get setup() {
      if (setup === undefined) throw new Error("certificates are made in beforeAll(): not before a test");
      return setup;
    },
  };
}

/** The URL of a server or proxy on this machine by name, so that the name is what is checked. */
export function byName({ port }: RunningServer | Proxy, scheme: string = TLS_SCHEMES[0]): string {
  return `${scheme}://localhost:${port}`;
}

interface Connz {
  readonly connections: readonly { cid: number; tls_version?: string }[];
}

/** Whether the server sees this connection as one with TLS. */
export async function isSecureAt(server: RunningServer, nc: Connection): Promise<boolean> {
  const { connections } = (await server.monitor("/connz")) as unknown as Connz;
  const mine = connections.find(({ cid }) => cid === nc.info?.clientId);
  expect(mine, "the connection is not known to the server").toBeDefined();
  return mine?.tls_version !== undefined;
}

/** Sends a message to itself, and checks that it comes back. */
export async function expectTraffic(nc: Connection): Promise<void> {
  const sub = nc.subscribe(nc.newInbox(), { max: 1 });
  nc.publish(sub.subject, "hello");
  for await (const message of sub) expect(message.string()).toBe("hello");
}

/** The first byte of a TLS handshake. */
const CLIENT_HELLO = 0x16;

/** Nothing was sent by the proxy but TLS, or nothing at all: an upgrade begins with the client's hello. */
export function expectNothingInClear({ recordedUp }: Proxy): void {
  expect(recordedUp.toString("latin1")).not.toMatch(/CONNECT/);
  if (recordedUp.length > 0) expect(recordedUp[0]).toBe(CLIENT_HELLO);
}
