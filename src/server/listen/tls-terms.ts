import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { writePart } from "../auth/distinguished-name.ts";
import type { PeerCertificate, TlsSession } from "../link.ts";
import type { Pem, ServerTlsOptions } from "../server-options.ts";

/** How a listener does TLS. */
export class TlsTerms {
  readonly isRequired: boolean;
  readonly comesFirst: boolean;
  readonly verifies: boolean;
  readonly timeout: number;
  readonly #context: SecureContext;

  /** Throws what `node:tls` says of a certificate or key that it can't use. */
  constructor(options: ServerTlsOptions) {
    const {
      cert,
      key,
      ca,
      verify = false,
      handshakeFirst = false,
      required = true,
      timeout = 2000,
    } = options;
    this.isRequired = required;
    this.comesFirst = handshakeFirst;
    this.verifies = verify;
    this.timeout = timeout;
    this.#context = createSecureContext({
      cert: cert as Buffer,
      key: key as Buffer,
      ...(ca === undefined ? {} : { ca: ca as Buffer[] }),
    });
  }

  /** The server's part of the handshake; rejects when it fails, with the socket destroyed. */
  shakeHands(socket: Socket): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: this.#context,
        requestCert: this.verifies,
        rejectUnauthorized: this.verifies,
      });
      const timer = setTimeout(
        () => secure.destroy(new Error("the TLS handshake took too long")),
        this.timeout,
      );
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        secure.off("error", finish).off("close", finish);
        if (error === undefined && !secure.destroyed) {
          resolve(secure);
          return;
        }
        secure.on("error", () => undefined);
        secure.destroy();
        reject(error ?? new Error("the client left during the TLS handshake"));
      };
      secure.once("secure", () => {
        // With `isServer` the socket leaves the verdict to its owner.
        const error = this.verifies ? verifyError(secure) : undefined;
        finish(error);
      });
      secure.on("error", finish).on("close", finish);
    });
  }
}

function verifyError(socket: TLSSocket): Error | undefined {
  const { ssl } = socket as unknown as { ssl: { verifyError(): Error | "" | null } };
  // On Deno an empty text says that there is none.
  return ssl.verifyError() || undefined;
}

/** What was agreed on. */
export function tlsSession(socket: TLSSocket): TlsSession {
  const version = (socket.getProtocol() ?? "").replace("TLSv", "");
  return { version, cipher: socket.getCipher().standardName };
}

/** When a certificate's time is over. */
export function certificateEnd(cert: Pem): Date {
  return new Date(new X509Certificate(cert).validTo);
}

/** What a client's certificate says; undefined without one. */
export function peerCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const { subject, subjectaltname = "" } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  const entries = Object.entries(subject).flatMap(([name, value]) =>
    [value].flat().map((one) => writePart(name, String(one))),
  );
  const names = (kind: string): string[] =>
    subjectaltname
      .split(", ")
      .filter((name) => name.startsWith(`${kind}:`))
      .map((name) => name.slice(kind.length + 1));
  const [emails, hosts, uris] = [names("email"), names("DNS"), names("URI")];
  return { subject: entries.toReversed().join(","), emails, names: hosts, uris };
}
