import { readFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { ArgumentError } from "../core/errors.ts";
import type { TlsOptions } from "../core/tls-options.ts";
import { expandPath } from "../files/expand-path.ts";

export function invalidTls(option: string, reason: string, cause?: unknown): ArgumentError {
  const name = `tls.${option}`;
  return new ArgumentError("INVALID_OPTION", `invalid option "${name}": ${reason}`, {
    argument: name,
    cause,
  });
}

/**
 * The options of `node:tls` that these options stand for, with the files read. Throws `INVALID_OPTION` for a file that
 * can't be read or holds something else.
 */
export function contextOptions(options: TlsOptions): SecureContextOptions {
  const { caFile, certFile, keyFile, secureProtocol } = options;
  const own = new Set(["handshakeFirst", "caFile", "certFile", "keyFile"]);
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && !own.has(name));
  const context: Record<string, unknown> = Object.fromEntries(given);
  for (const [option, wanted] of PEM_OPTIONS) checkPem(option, wanted, context[option]);
  // Node takes the one or the other.
  if (secureProtocol === undefined) context["minVersion"] ??= "TLSv1.2";
  if (caFile !== undefined) context["ca"] = [caFile].flat().map((path) => readCertificates("caFile", path));
  if (certFile !== undefined) context["cert"] = readCertificates("certFile", certFile);
  if (keyFile !== undefined) context["key"] = readPem("keyFile", keyFile, KEY);
  return context;
}

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/;
const KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;

const PEM_OPTIONS = [
  ["ca", CERTIFICATE],
  ["cert", CERTIFICATE],
  ["key", KEY],
] as const;

/** A path in place of what the file holds: Node passes over such a `ca`, and fails at the handshake. */
function checkPem(option: "ca" | "cert" | "key", wanted: RegExp, value: unknown): void {
  const texts = [value].flat().filter((text) => typeof text === "string");
  if (texts.every((text) => wanted.test(text))) return;
  throw invalidTls(option, `it is no ${nameOf(wanted)} in PEM form; for a path there is "tls.${option}File"`);
}

function nameOf(wanted: RegExp): string {
  return wanted === KEY ? "private key" : "certificate";
}

/** A PEM file with at least one certificate, the first of which is sound. */
function readCertificates(option: string, path: string): string {
  const text = readPem(option, path, CERTIFICATE);
  try {
    // Made to be thrown away: Node passes over a certificate that it can't read, and fails at the handshake.
    void new X509Certificate(text);
  } catch (error) {
    throw invalidTls(option, `"${path}" holds no certificate that can be read`, error);
  }
  return text;
}

function readPem(option: string, path: string, wanted: RegExp): string {
  let text: string;
  const expanded = expandPath(path, `tls.${option}`);
  try {
    text = readFileSync(expanded, "utf8");
  } catch (error) {
    throw invalidTls(option, `"${path}" can't be read: ${(error as Error).message}`, error);
  }
  if (wanted.test(text)) return text;
  throw invalidTls(option, `"${path}" holds no ${nameOf(wanted)} in PEM form`);
}
