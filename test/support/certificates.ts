import "./reflect-metadata.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;

/** A certificate and its key, as PEM and as files. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateOptions {
  /** Names and IP addresses that it is for. @default localhost, 127.0.0.1, ::1 */
  readonly names?: readonly string[];
  /** What its validity is like today. */
  readonly validity?: "valid" | "expired" | "not-yet";
  readonly commonName?: string;
  /** The whole subject, in place of a common name alone. */
  readonly subject?: string;
  readonly emails?: readonly string[];
  readonly uris?: readonly string[];
}

/** Certificate authorities and what they sign; the files are gone after `dispose`. */
export class Certificates implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "natspeed-certificates-"));
  #files = 0;

  /** A new authority, which signs what `issue` asks of it. */
  async authority(commonName = "natspeed test authority"): Promise<Authority> {
    const keys = await newKeys();
    const cert = await x509.X509CertificateGenerator.createSelfSigned({
      ...dates("valid"),
      serialNumber: serialNumber(),
      name: `CN=${commonName}`,
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(this, cert, keys.privateKey);
  }

  /** Writes a file that is removed with the others; its path. */
  file(content: string | Uint8Array, name = `${++this.#files}.pem`): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Authority {
  readonly cert: string;
  readonly caFile: string;
  readonly #certificates: Certificates;
  readonly #certificate: x509.X509Certificate;
  readonly #key: CryptoKey;

  constructor(certificates: Certificates, certificate: x509.X509Certificate, key: CryptoKey) {
    this.#certificates = certificates;
    this.#certificate = certificate;
    this.#key = key;
    this.cert = `${certificate.toString("pem")}\n`;
    this.caFile = certificates.file(this.cert);
  }

  /** A certificate good for servers and clients alike. */
  async issue(options: CertificateOptions = {}): Promise<Identity> {
    const { names = ["localhost", "127.0.0.1", "::1"], validity = "valid", commonName = "peer" } = options;
    const { subject = `CN=${commonName}`, emails = [], uris = [] } = options;
    const keys = await newKeys();
    const usages = [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth];
    const certificate = await x509.X509CertificateGenerator.create({
      ...dates(validity),
      serialNumber: serialNumber(),
      subject,
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.ExtendedKeyUsageExtension(usages),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.SubjectAlternativeNameExtension([
          ...names.map((value): x509.JsonGeneralName => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
          ...emails.map((value): x509.JsonGeneralName => ({ type: "email", value })),
          ...uris.map((value): x509.JsonGeneralName => ({ type: "url", value })),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate),
      ],
    });
    const cert = `${certificate.toString("pem")}\n`;
    const exported = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
    const key = x509.PemConverter.encode(exported, "PRIVATE KEY");
    return { cert, key, certFile: this.#certificates.file(cert), keyFile: this.#certificates.file(key) };
  }
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Eight bytes; the first one neither 0 nor negative, as DER wants it. */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `5a${Buffer.from(bytes).toString("hex")}`;
}

function dates(validity: "valid" | "expired" | "not-yet"): { notBefore: Date; notAfter: Date } {
  const shift = { valid: 0, expired: -10 * DAY, "not-yet": 10 * DAY }[validity];
  const at = Date.now() + shift;
  return { notBefore: new Date(at - DAY), notAfter: new Date(at + 2 * DAY) };
}
