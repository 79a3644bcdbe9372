import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ArgumentError } from "../core/errors.ts";
import type { TlsOptions } from "../core/tls-options.ts";
import { contextOptions, invalidTls } from "./tls-files.ts";

/** Options that say the same in two ways. */
const RIVALS = [
  ["caFile", "ca"],
  ["certFile", "cert"],
  ["keyFile", "key"],
  ["certFile", "pfx"],
  ["keyFile", "pfx"],
  ["cert", "pfx"],
  ["key", "pfx"],
  ["caFile", "secureContext"],
  ["certFile", "secureContext"],
  ["keyFile", "secureContext"],
  ["secureProtocol", "minVersion"],
  ["secureProtocol", "maxVersion"],
] as const;

/** What a certificate's key can be, and the other way round. */
const CERTIFICATES = ["certFile", "cert"] as const;
const KEYS = ["keyFile", "key", "privateKeyIdentifier"] as const;

/**
 * Throws `INVALID_OPTION` for TLS options that can't work: files that can't be read or hold something else, a key that
 * does not belong to the certificate, options that contradict each other.
 */
export function checkTls(options: TlsOptions): void {
  for (const [one, other] of RIVALS) {
    if (options[one] !== undefined && options[other] !== undefined) {
      throw invalidTls(one, `it can't be given together with "tls.${other}"`);
    }
  }
  const cert = CERTIFICATES.find((name) => options[name] !== undefined);
  const key = KEYS.find((name) => options[name] !== undefined);
  if (cert !== undefined && key === undefined)
    throw invalidTls(cert, 'it needs "tls.keyFile" or "tls.key" too');
  if (key !== undefined && cert === undefined)
    throw invalidTls(key, 'it needs "tls.certFile" or "tls.cert" too');
  const context = contextOptions(options);
  try {
    createSecureContext(context);
  } catch (error) {
    throw blame(context, options, error as Error);
  }
}

/** The parts of a secure context that OpenSSL judges one by one. */
const PARTS = ["ca", "cert", "key", "pfx", "crl", "ciphers", "sigalgs", "ecdhCurve", "dhparam"] as const;

/** OpenSSL does not say which option it means: each is tried alone. */
function blame(context: SecureContextOptions, options: TlsOptions, error: Error): Error {
  const { passphrase } = context;
  for (const part of PARTS) {
    if (context[part] === undefined) continue;
    try {
      createSecureContext({ [part]: context[part], ...(passphrase === undefined ? {} : { passphrase }) });
    } catch (cause) {
      const { option, file } = source(part, options);
      return invalidTls(option, `${file}${(cause as Error).message}`, cause);
    }
  }
  if ((error as NodeJS.ErrnoException).code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH") {
    const { option, file } = source("key", options);
    return invalidTls(option, `${file}it does not belong to "tls.${source("cert", options).option}"`, error);
  }
  return new ArgumentError("INVALID_OPTION", `invalid option "tls": ${error.message}`, {
    argument: "tls",
    cause: error,
  });
}

/** Which option a part comes from, and its file, as the beginning of a sentence. */
function source(part: (typeof PARTS)[number], options: TlsOptions): { option: string; file: string } {
  const option = `${part}File` as "caFile" | "certFile" | "keyFile";
  const path = options[option];
  return path === undefined ? { option: part, file: "" } : { option, file: `${[path].flat().join(", ")}: ` };
}
