/** PEM text or bytes, one or several. */
export type Pem = string | Uint8Array;

/** What `node:tls` knows of a server's certificate, as far as it is of use to judge it. */
export interface ServerCertificate {
  readonly subject: object;
  readonly issuer: object;
  readonly subjectaltname?: string | undefined;
  readonly valid_from: string;
  readonly valid_to: string;
  readonly serialNumber: string;
  readonly fingerprint256: string;
  /** DER. */
  readonly raw: Uint8Array;
  readonly pubkey?: Uint8Array | undefined;
}

/**
 * How TLS is done: this library's own four options, and every option of `node:tls` for a client, under its name
 * there. Certificates are always checked unless `rejectUnauthorized: false` says otherwise.
 *
 * Files are read when `connect` is called, so that a wrong one is told at once, and again for every dial, so that a
 * renewed one is picked up. Node, Bun and Deno; in a browser TLS is the browser's.
 */
export interface TlsOptions {
  /** Begins with TLS at once, before the server's INFO, as the server's `handshake_first` asks. @default false */
  readonly handshakeFirst?: boolean;
  /** PEM files of the authorities to trust in place of the system's. `~` and `$VAR` are expanded. */
  readonly caFile?: string | readonly string[];
  /** PEM file of the client's certificate; with {@link keyFile}. */
  readonly certFile?: string;
  /** PEM file of the client certificate's key. */
  readonly keyFile?: string;

  /** Authorities to trust in place of the system's. */
  readonly ca?: Pem | readonly Pem[];
  /** The client's certificate, with its chain. */
  readonly cert?: Pem | readonly Pem[];
  /** The client certificate's key. */
  readonly key?: Pem | readonly (Pem | { readonly pem: Pem; readonly passphrase?: string | undefined })[];
  /** Certificate and key in PKCS#12. */
  readonly pfx?: Pem | readonly (Pem | { readonly buf: Pem; readonly passphrase?: string | undefined })[];
  /** Of the key or the PKCS#12 archive. */
  readonly passphrase?: string;
  /** The name to check the certificate against, and to ask for (SNI). @default the host of the server's URL */
  readonly servername?: string;
  /** `false` takes any certificate: only for tests. @default true */
  readonly rejectUnauthorized?: boolean;
  /** Takes the place of the check of the name; the authorities are checked before it. */
  checkServerIdentity?(hostname: string, certificate: ServerCertificate): Error | undefined;
  readonly minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  readonly maxVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  readonly ALPNProtocols?: readonly string[] | Uint8Array;
  readonly allowPartialTrustChain?: boolean;
  readonly ciphers?: string;
  readonly clientCertEngine?: string;
  readonly crl?: Pem | readonly Pem[];
  readonly dhparam?: Pem;
  readonly ecdhCurve?: string;
  readonly enableTrace?: boolean;
  readonly honorCipherOrder?: boolean;
  readonly minDHSize?: number;
  readonly privateKeyEngine?: string;
  readonly privateKeyIdentifier?: string;
  readonly pskCallback?: (hint: string | null) => { psk: Uint8Array; identity: string } | null;
  readonly requestOCSP?: boolean;
  readonly secureContext?: { readonly context: unknown };
  readonly secureOptions?: number;
  readonly secureProtocol?: string;
  readonly session?: Uint8Array;
  readonly sessionIdContext?: string;
  readonly sessionTimeout?: number;
  readonly sigalgs?: string;
  readonly ticketKeys?: Uint8Array;
}
