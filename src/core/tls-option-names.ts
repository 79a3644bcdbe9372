import { aBoolean, aString, type Check, type Checks, checkOptions } from "./checks.ts";
import type { TlsOptions } from "./tls-options.ts";

// A record, so that the compiler sees to it that no option is missing.
const NAMES: Readonly<Record<keyof TlsOptions, true>> = {
  handshakeFirst: true,
  caFile: true,
  certFile: true,
  keyFile: true,
  ca: true,
  cert: true,
  key: true,
  pfx: true,
  passphrase: true,
  servername: true,
  rejectUnauthorized: true,
  checkServerIdentity: true,
  minVersion: true,
  maxVersion: true,
  ALPNProtocols: true,
  allowPartialTrustChain: true,
  ciphers: true,
  clientCertEngine: true,
  crl: true,
  dhparam: true,
  ecdhCurve: true,
  enableTrace: true,
  honorCipherOrder: true,
  minDHSize: true,
  privateKeyEngine: true,
  privateKeyIdentifier: true,
  pskCallback: true,
  requestOCSP: true,
  secureContext: true,
  secureOptions: true,
  secureProtocol: true,
  session: true,
  sessionIdContext: true,
  sessionTimeout: true,
  sigalgs: true,
  ticketKeys: true,
};

/** The names of all {@link TlsOptions}. */
export const TLS_OPTION_NAMES: readonly string[] = Object.keys(NAMES);

// What the options of `node:tls` may be is its own business: here only their names are checked.
const anything: Check<never> = (_name, value) => value as never;

const TLS = {
  ...Object.fromEntries(TLS_OPTION_NAMES.map((option) => [option, anything])),
  handshakeFirst: aBoolean,
  rejectUnauthorized: aBoolean,
  servername: aString,
} as unknown as Checks<TlsOptions>;

/** Throws `INVALID_OPTION` for an option that there is not. Browsers, which take none, do without this file. */
export function checkTlsNames(options: TlsOptions): void {
  checkOptions(options, TLS, "tls");
}
