import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TlsOptions } from "../../../src/core/tls-options.ts";
import { checkTls } from "../../../src/transport/check-tls.ts";
import { type Authority, Certificates, type Identity } from "../../support/certificates.ts";
import { thrown } from "../../support/failure.ts";

const certificates = new Certificates();
let authority: Authority;
let client: Identity;
let other: Identity;

beforeAll(async () => {
  authority = await certificates.authority();
  client = await authority.issue();
  other = await authority.issue();
});
afterAll(() => certificates[Symbol.dispose]());

test("what can work is taken [OPT-18] [OPT-19]", () => {
  const { cert, key, certFile, keyFile } = client;
  const { cert: ca, caFile } = authority;
  const good: TlsOptions[] = [
    {},
    { handshakeFirst: true, servername: "a.example", minVersion: "TLSv1.3" },
    { caFile },
    { caFile: [caFile, certificates.file(ca + ca)] },
    { ca: [ca, Buffer.from(ca)], cert, key },
    { certFile, keyFile },
    { certFile, key },
    { cert, keyFile },
    { secureProtocol: "TLSv1_2_method" },
  ];
  for (const options of good) checkTls(options);
});

test("~ and $VAR stand in paths", () => {
  process.env["NATSPEED_TEST_FOLDER"] = certificates.folder;
  try {
    checkTls({ caFile: authority.caFile.replace(certificates.folder, "$NATSPEED_TEST_FOLDER") });
  } finally {
    delete process.env["NATSPEED_TEST_FOLDER"];
  }
  expect(thrown(() => checkTls({ caFile: "~/no-such-file.pem" })).message).not.toContain("'~");
});

describe("what can't work is refused, by the option's name", () => {
  test.each<[string, () => TlsOptions, string, RegExp]>([
    [
      "a file that is not there [OPT-18]",
      () => ({ caFile: "/nowhere/ca.pem" }),
      "tls.caFile",
      /nowhere.*ENOENT/,
    ],
    ["a folder", () => ({ caFile: certificates.folder }), "tls.caFile", /EISDIR/],
    ["one of several", () => ({ caFile: [authority.caFile, "/nowhere"] }), "tls.caFile", /nowhere/],
    [
      "no certificate inside [OPT-18]",
      () => ({ caFile: client.keyFile }),
      "tls.caFile",
      /holds no certificate/,
    ],
    [
      "a broken certificate [OPT-18]",
      () => ({ caFile: certificates.file("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") }),
      "tls.caFile",
      /no certificate that can be read/,
    ],
    [
      "an empty file",
      () => ({ certFile: certificates.file(""), key: client.key }),
      "tls.certFile",
      /no certificate/,
    ],
    [
      "a certificate for a key [OPT-19]",
      () => ({ certFile: client.certFile, keyFile: client.certFile }),
      "tls.keyFile",
      /holds no private key/,
    ],
    [
      "another certificate's key, in files [OPT-19]",
      () => ({ certFile: client.certFile, keyFile: other.keyFile }),
      "tls.keyFile",
      /does not belong to "tls\.certFile"/,
    ],
    [
      "another certificate's key, in memory [OPT-19]",
      () => ({ cert: client.cert, key: other.key }),
      "tls.key",
      /does not belong to "tls\.cert"/,
    ],
    ["a path as ca", () => ({ ca: authority.caFile }), "tls.ca", /no certificate.* for a path .*tls\.caFile/],
    ["nothing as ca", () => ({ ca: "" }), "tls.ca", /no certificate/],
    [
      "a path as cert",
      () => ({ cert: client.certFile, key: client.key }),
      "tls.cert",
      /no certificate.* for a path .*tls\.certFile/,
    ],
    [
      "a path as key",
      () => ({ cert: client.cert, key: client.keyFile }),
      "tls.key",
      /no private key.* for a path .*tls\.keyFile/,
    ],
    ["a broken key", () => ({ cert: client.cert, key: "no key" }), "tls.key", /./],
    ["a broken certificate in memory", () => ({ cert: "nothing", key: client.key }), "tls.cert", /./],
    ["a broken archive", () => ({ pfx: Buffer.from("nothing") }), "tls.pfx", /./],
    ["an unknown cipher", () => ({ ciphers: "ROT13" }), "tls.ciphers", /./],
    [
      "a certificate without a key",
      () => ({ certFile: client.certFile }),
      "tls.certFile",
      /needs "tls\.keyFile"/,
    ],
    [
      "a key without a certificate",
      () => ({ keyFile: client.keyFile }),
      "tls.keyFile",
      /needs "tls\.certFile"/,
    ],
    [
      "ca and caFile",
      () => ({ ca: authority.cert, caFile: authority.caFile }),
      "tls.caFile",
      /together.*tls\.ca"/,
    ],
    [
      "cert and certFile",
      () => ({ cert: client.cert, certFile: client.certFile, key: client.key }),
      "tls.certFile",
      /together with "tls\.cert"/,
    ],
    [
      "secureProtocol and minVersion",
      () => ({ secureProtocol: "TLSv1_2_method", minVersion: "TLSv1.2" }),
      "tls.secureProtocol",
      /together/,
    ],
    ["an unknown version", () => ({ minVersion: "TLSv9" as never }), "tls", /TLSv9/],
  ])("%s", (_title, options, argument, text) => {
    const error = thrown(() => checkTls(options()));
    expect(error).toMatchObject({ name: "ArgumentError", code: "INVALID_OPTION", argument });
    expect(error.message).toMatch(new RegExp(`^invalid option "${argument}": `));
    expect(error.message).toMatch(text);
  });
});
