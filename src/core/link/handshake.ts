import type { Credentials } from "../auth/authenticator.ts";
import {
  ArgumentError,
  AuthenticationError,
  ConnectionError,
  type NatsError,
  ProtocolError,
} from "../errors.ts";
import { type ConnectFields, encodeConnect, PING } from "../protocol/commands.ts";
import { parseServerError } from "../protocol/server-error.ts";
import { parseServerInfo, type ServerInfo } from "../protocol/server-info.ts";
import { VERSION } from "../version.ts";

/** What the client says of itself. */
export interface HandshakeOptions {
  readonly name: string;
  readonly echo: boolean;
  readonly verbose: boolean;
  readonly pedantic: boolean;
  /** Whether TLS must be used, is used if the server has it, or must not. */
  readonly tls: "insist" | "allow" | "refuse";
  readonly credentials: Credentials;
  /** Signs the nonce of the server's INFO. Most connections have nothing to sign with, in browsers above all. */
  signNonce(credentials: Credentials, nonce: string): Promise<string | undefined>;
}

/** What the link can do about TLS. */
export interface LinkSecurity {
  readonly isSecure: boolean;
  readonly canStartTls: boolean;
}

/** What the server's reports show as this client's language: nats.go says "go" there (OPT-01). */
const LANGUAGE = "natspeed";

/**
 * The first words between client and server, as input and output only: INFO is answered with CONNECT and PING, after
 * TLS has begun where it is to be used, and the PONG ends it (HS-01). Whatever throws here is why the attempt failed.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #server: string;
  #info: ServerInfo | undefined;
  #hasAnswered = false;
  #answerSize = 0;
  #hasOk = false;

  constructor(options: HandshakeOptions, server: string) {
    this.#options = options;
    this.#server = server;
  }

  /** What the server is shown. */
  get credentials(): Credentials {
    return this.#options.credentials;
  }

  /** Bytes of CONNECT, once it was sent. */
  get answerSize(): number {
    return this.#answerSize;
  }

  /** What the server said of itself, once it did. */
  get info(): ServerInfo | undefined {
    return this.#info;
  }

  /** Takes the server's INFO; true if TLS has to begin before it is answered. */
  onInfo(json: string, link: LinkSecurity): boolean {
    if (this.#info !== undefined) throw this.#unexpected("INFO");
    const info = parseServerInfo(json === "" ? "{}" : json);
    if (!this.#options.echo && info.protocol < 1) {
      const message = `${this.#server} does not support echo: false`;
      throw new ArgumentError("ECHO_NOT_SUPPORTED", message, { argument: "echo", server: this.#server });
    }
    this.#info = info;
    return !link.isSecure && this.#needsTls(info, link.canStartTls);
  }

  // TLS-01 to 03. With "insist" nothing is said in clear. A server that requires TLS gets it; so does a server that offers
  // TLS, unless the options refuse it: the network should see neither credentials nor messages.
  #needsTls({ tlsRequired, tlsAvailable }: ServerInfo, canStartTls: boolean): boolean {
    const { tls } = this.#options;
    const server = this.#server;
    if (tls === "insist" && !tlsRequired && !tlsAvailable) {
      throw new ConnectionError("TLS_NOT_AVAILABLE", `${server} does not offer TLS`, { server });
    }
    if (tls !== "insist" && !tlsRequired) return tls === "allow" && tlsAvailable && canStartTls;
    if (tls === "refuse" || !canStartTls) {
      const message = `${server} requires TLS, which this connection does not use`;
      throw new ConnectionError("TLS_REQUIRED", message, { server });
    }
    return true;
  }

  /** The signature of the server's nonce, at once if there is none to make. */
  sign(): string | undefined | Promise<string | undefined> {
    const { jwt, nkey, sign } = this.#options.credentials;
    const nonce = this.#info?.nonce;
    if (sign === undefined || (jwt === undefined && nkey === undefined)) return undefined;
    if (nonce !== undefined) return this.#options.signNonce(this.#options.credentials, nonce);
    // INFO-12. A JWT is shown without a signature: a server that wants one says so.
    if (nkey === undefined) return undefined;
    const message = `${this.#server} sent no nonce: it does not support nkeys`;
    throw new AuthenticationError("NKEYS_NOT_SUPPORTED", message, { server: this.#server });
  }

  /** The answer to INFO. */
  answer(signature: string | undefined): Uint8Array[] {
    this.#hasAnswered = true;
    const connect = encodeConnect(this.#connectFields(this.#info!, signature));
    this.#answerSize = connect.length;
    return [connect, PING];
  }

  /** Takes the PONG, with which the link is established. */
  onPong(): ServerInfo {
    if (this.#info === undefined || !this.#hasAnswered) throw this.#unexpected("PONG");
    return this.#info;
  }

  /** HS-08: a verbose client is told that CONNECT was fine. */
  onOk(): void {
    if (!this.#hasAnswered || !this.#options.verbose || this.#hasOk) throw this.#unexpected("+OK");
    this.#hasOk = true;
  }

  onServerError(text: string): NatsError {
    return parseServerError(text, this.#server).error;
  }

  onOther(verb: string): NatsError {
    return this.#unexpected(verb);
  }

  /** What a stream that can't be decoded means: before INFO, that this is no NATS server at all. */
  onMalformed(error: NatsError): NatsError {
    if (this.#info !== undefined) return error;
    const message = `${this.#server} is not a NATS server: ${error.message}`;
    return new ProtocolError("NOT_A_NATS_SERVER", message, { server: this.#server, cause: error });
  }

  #connectFields(info: ServerInfo, signature: string | undefined): ConnectFields {
    const { name, credentials, tls, echo, verbose, pedantic } = this.#options;
    return {
      verbose,
      pedantic,
      jwt: credentials.jwt || undefined,
      nkey: credentials.nkey || undefined,
      sig: signature,
      user: credentials.user || undefined,
      pass: credentials.password || undefined,
      auth_token: credentials.token || undefined,
      tls_required: tls === "insist",
      name,
      lang: LANGUAGE,
      version: VERSION,
      protocol: 1,
      echo,
      headers: info.headers,
      no_responders: info.headers,
    };
  }

  #unexpected(verb: string): ProtocolError {
    const expected = this.#info === undefined ? "INFO" : "PONG";
    const message = `${this.#server} sent ${verb} where ${expected} was expected`;
    const code = this.#info === undefined ? "NOT_A_NATS_SERVER" : "MALFORMED_OPERATION";
    return new ProtocolError(code, message, { server: this.#server });
  }
}
