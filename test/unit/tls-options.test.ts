import type { ConnectionOptions, PeerCertificate } from "node:tls";
import { thrownBy } from "./support/thrown.ts";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { ServerCertificate, TlsOptions } from "../../src/core/tls-options.ts";
import { checkTlsNames, TLS_OPTION_NAMES } from "../../src/core/tls-option-names.ts";

/** Options of `node:tls` that a client of this library can't give, and why. */
type LeftOut =
  // Where to connect and over what is the dialler's, the server pool's and `localAddress`' business.
  | "host"
  | "port"
  | "path"
  | "socket"
  | "lookup"
  // Each phase of connecting has the connect timeout.
  | "timeout"
  // What only servers do: ask for a certificate, choose by the client's name or protocols.
  | "requestCert"
  | "SNICallback"
  | "ALPNCallback";

/** What this library adds. */
type Own = "handshakeFirst" | "caFile" | "certFile" | "keyFile";

/** Known to Node 20 (tls.connect), but not to its types. */
type Untyped = "requestOCSP";

/** The type of one of Node's options with any bytes for its Buffers, and what is only read as such. */
type Widened<T> = T extends Buffer
  ? Uint8Array
  : T extends (...args: never[]) => unknown
    ? T
    : T extends ArrayBufferView
      ? T
      : T extends readonly (infer E)[]
        ? readonly Widened<E>[]
        : T extends object
          ? { readonly [K in keyof T]: Widened<T[K]> }
          : T;

type Shared = Exclude<keyof ConnectionOptions, LeftOut>;

/** Where Node takes all kinds of views of bytes, and this library's Uint8Array is enough. */
type Narrower = "ALPNProtocols" | "pskCallback";

/** What the options can be, apart from absent. */
type Values<T, K extends keyof T> = { [P in K]: NonNullable<T[P]> };

describe("TlsOptions", () => {
  test("has every option of node:tls for a client, and nothing else but its own", () => {
    expectTypeOf<Exclude<keyof TlsOptions, Own | Untyped>>().toEqualTypeOf<Shared>();
    expectTypeOf<LeftOut>().toExtend<keyof ConnectionOptions>();
    expect(TLS_OPTION_NAMES).toContain("rejectUnauthorized");
  });

  test("what is none is told with the name that was probably meant; a switch is true or false", () => {
    expect(thrownBy(() => checkTlsNames({ serverName: "x" } as object))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "tls.serverName",
      message: expect.stringContaining('"tls.servername"'),
    });
    expect(thrownBy(() => checkTlsNames({ handshakeFirst: 1 } as object))).toMatchObject({
      argument: "tls.handshakeFirst",
    });
  });

  test("takes what node:tls takes", () => {
    type Common = Exclude<Shared, Narrower>;
    expectTypeOf<Values<ConnectionOptions, Common>>().toExtend<Values<TlsOptions, Common>>();
    expectTypeOf<PeerCertificate>().toExtend<ServerCertificate>();
    const options: TlsOptions = {
      checkServerIdentity: (_host, certificate: PeerCertificate) => pin(certificate.fingerprint256),
    };
    expect(options).toHaveProperty("checkServerIdentity");
  });

  test("holds nothing that node:tls does not take", () => {
    expectTypeOf<Values<TlsOptions, Shared>>().toExtend<Widened<Values<ConnectionOptions, Shared>>>();
  });
});

function pin(fingerprint: string): Error | undefined {
  return fingerprint === "" ? new Error("another certificate") : undefined;
}
