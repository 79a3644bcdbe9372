import { ArgumentError, ConnectionError, type NatsError, ProtocolError } from "../errors.ts";
import { type ConnectFields, encodeConnect, PING } from "../protocol/encoder.ts";
import { parseServerError } from "../protocol/server-error.ts";
import { parseServerInfo, type ServerInfo } from "../protocol/server-info.ts";
import { VERSION } from "../version.ts";

/** What the client says of itself. */
export interface HandshakeOptions {
  readonly name: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly echo: boolean;
  readonly verbose: boolean;
  readonly pedantic: boolean;
}

/** What the server's reports show as this client's language: nats.go says "go" there (OPT-01). */
const LANGUAGE = "natspeed";

/**
 * The first words between client and server, as input and output only: INFO is answered with CONNECT and PING, and
 * the PONG ends it (HS-01). Whatever throws here is why the attempt failed.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #server: string;
  #info: ServerInfo | undefined;
  #hasOk = false;

  constructor(options: HandshakeOptions, server: string) {
    this.#options = options;
    this.#server = server;
  }

  get hasInfo(): boolean {
    return this.#info !== undefined;
  }

  /** Takes the server's INFO and returns the answer. */
  onInfo(json: string): Uint8Array[] {
    if (this.#info !== undefined) throw this.#unexpected("INFO");
    const info = parseServerInfo(json === "" ? "{}" : json);
    if (info.tlsRequired) {
      const message = `${this.#server} requires TLS, which this connection does not use`;
      throw new ConnectionError("TLS_REQUIRED", message, { server: this.#server });
    }
    if (!this.#options.echo && info.protocol < 1) {
      const message = `${this.#server} does not support echo: false`;
      throw new ArgumentError("ECHO_NOT_SUPPORTED", message, { argument: "echo", server: this.#server });
    }
    this.#info = info;
    return [encodeConnect(this.#connectFields(info)), PING];
  }

  /** Takes the PONG, with which the link is established. */
  onPong(): ServerInfo {
    if (this.#info === undefined) throw this.#unexpected("PONG");
    return this.#info;
  }

  /** HS-08: a verbose client is told that CONNECT was fine. */
  onOk(): void {
    if (this.#info === undefined || !this.#options.verbose || this.#hasOk) throw this.#unexpected("+OK");
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
    if (this.hasInfo) return error;
    const message = `${this.#server} is not a NATS server: ${error.message}`;
    return new ProtocolError("NOT_A_NATS_SERVER", message, { server: this.#server, cause: error });
  }

  #connectFields(info: ServerInfo): ConnectFields {
    const { name, user, password, token, echo, verbose, pedantic } = this.#options;
    return {
      verbose,
      pedantic,
      user: user || undefined,
      pass: password || undefined,
      auth_token: token || undefined,
      tls_required: false,
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
