import { isIP, type Socket } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { ConnectionError } from "../core/errors.ts";
import type { TlsOptions } from "../core/tls-options.ts";
import type { DialContext, ServerAddress } from "../core/transport.ts";
import { contextOptions } from "./tls-files.ts";

/**
 * Does the TLS handshake on a connected socket, and resolves with what `own` makes of the TLS socket. Rejects with
 * `TLS_FAILED`, or with the signal's reason, and then leaves nothing open.
 */
export function shakeTlsHands<T>(
  plain: Socket,
  address: ServerAddress,
  context: DialContext,
  own: (socket: TLSSocket) => T,
): Promise<T> {
  const { tls = {}, signal } = context;
  context.enterPhase("tls");
  return new Promise((resolve, reject) => {
    let socket: TLSSocket | undefined;
    const finish = (): void => {
      signal.removeEventListener("abort", onAbort);
      socket?.off("secureConnect", onSecure).off("error", onError).off("close", onClose);
    };
    const giveUp = (error: Error): void => {
      finish();
      // What breaks from here on has nobody to go to.
      socket?.on("error", () => undefined).destroy();
      plain.destroy();
      reject(error);
    };
    const onAbort = (): void => giveUp(signal.reason as Error);
    const onError = (error: Error): void => giveUp(tlsError("failed", error, address, tls));
    const onClose = (): void => onError(new Error("the peer closed the link during the handshake"));
    const onSecure = (): void => {
      finish();
      // In this turn: an error that comes in the next one needs its listener by then.
      resolve(own(socket!));
    };
    plain.on("error", () => undefined);
    if (signal.aborted) return onAbort();
    if (plain.destroyed || plain.readyState !== "open") {
      return onError(new Error("the peer closed the link before the handshake"));
    }
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      socket = connect(connectionOptions(tls, address, plain));
    } catch (error) {
      return onError(error as Error);
    }
    socket.on("secureConnect", onSecure).on("error", onError).on("close", onClose);
  });
}

/** The name that the certificate is checked against (TLS-07). */
function expectedName(tls: TlsOptions, { tlsName, host }: ServerAddress): string {
  return tls.servername || tlsName || host;
}

function connectionOptions(tls: TlsOptions, address: ServerAddress, socket: Socket): ConnectionOptions {
  const name = expectedName(tls, address);
  return {
    ...contextOptions(tls),
    // Said outright: the environment must not turn the checks off (TLS-08).
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    // An address is no name to ask for (RFC 6066); it is still checked, as the host.
    servername: tls.servername === "" || isIP(name) !== 0 ? undefined : name,
    host: name,
    socket,
    // As for TCP: each write ends with a drain event.
    highWaterMark: 1,
  } as ConnectionOptions;
}

function tlsError(
  how: string,
  error: Error,
  address: ServerAddress,
  tls: TlsOptions | undefined,
): ConnectionError {
  const { host, port } = address;
  const name = tls === undefined ? host : expectedName(tls, address);
  const as = name === host ? "" : ` as "${name}"`;
  const text = `TLS with ${host}:${port}${as} ${how}: ${reasonOf(error)}${hintFor(error, tls)}`;
  return new ConnectionError("TLS_FAILED", text, { cause: error, phase: "tls" });
}

const UNKNOWN_AUTHORITY =
  'name the authority that signed the server\'s certificate in "tls.caFile" or "tls.ca"';
const WANTS_CERTIFICATE = 'the server wants a certificate of the client: "tls.certFile" and "tls.keyFile"';

/** Which option helps, by Node's code. */
const HINTS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'connect by a name that its certificate has, or give that name as "tls.servername"',
  CERT_HAS_EXPIRED: "the server's certificate has to be renewed",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: WANTS_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the server refuses the certificate of "tls.certFile"',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the server does not know the authority of "tls.certFile"',
};

/** Which option to set, if that can be told. */
function hintFor({ code }: NodeJS.ErrnoException, tls: TlsOptions | undefined): string {
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" && tls?.handshakeFirst === true)
    return '; the server does not begin with TLS: leave "tls.handshakeFirst" out';
  const hint = code === undefined ? undefined : HINTS[code];
  return hint === undefined ? "" : `; ${hint}`;
}

/** OpenSSL's reason without its file names and line numbers; Node's own message otherwise. With the code of either. */
function reasonOf(error: Error): string {
  const { code, reason = error.message } = error as NodeJS.ErrnoException & { reason?: string };
  return code === undefined || reason.includes(code) ? reason : `${reason} (${code})`;
}

/** How a system tells that the peer has closed its side while this one still writes. */
const BROKEN_OFF = new Set(["ECONNRESET", "EPIPE"]);

/**
 * Why a link broke after its handshake. A TLS 1.3 server looks at the client's certificate when the client is already
 * done; it says no by an alert, and the alert may be lost with the link.
 */
export function tlsLinkError(error: NodeJS.ErrnoException, address: ServerAddress, hasHeard: boolean): Error {
  const code = error.code ?? "";
  if (code.startsWith("ERR_SSL_")) return tlsError("broke", error, address, undefined);
  if (hasHeard || !BROKEN_OFF.has(code)) return error;
  return tlsError("was broken off right after the handshake", error, address, undefined);
}
