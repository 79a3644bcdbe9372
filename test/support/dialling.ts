import type { ConnectPhase } from "../../src/core/errors.ts";
import type { TlsOptions } from "../../src/core/tls-options.ts";
import type { WebSocketOptions } from "../../src/core/websocket-options.ts";
import type { DialContext, ServerAddress, Transport, TransportListener } from "../../src/core/transport.ts";
import { dialTcp } from "../../src/transport/tcp.ts";
import { NEVER } from "./never.ts";

export interface DialSetup {
  readonly host?: string;
  readonly tlsName?: string;
  readonly tls?: TlsOptions;
  readonly localAddress?: string;
  readonly websocket?: WebSocketOptions;
  readonly signal?: AbortSignal;
}

/** What a session passes to a dialler, with the phases that it is told of. */
export class RecordingContext implements DialContext {
  readonly phases: ConnectPhase[] = [];
  readonly timeout = NEVER;
  readonly signal: AbortSignal;
  readonly tls: TlsOptions | undefined;
  readonly localAddress: string | undefined;
  readonly randomize = true;
  readonly websocket: WebSocketOptions;

  constructor({ tls, localAddress, websocket = {}, signal = new AbortController().signal }: DialSetup = {}) {
    this.websocket = websocket;
    this.tls = tls;
    this.localAddress = localAddress;
    this.signal = signal;
  }

  enterPhase(phase: ConnectPhase): void {
    this.phases.push(phase);
  }
}

export function serverAddress(port: number, { host = "127.0.0.1", tlsName }: DialSetup = {}): ServerAddress {
  return { scheme: "nats", host, port, tlsName };
}

/** Dials `port` and, unless TLS comes first, upgrades after the INFO line, from within its `onData` as a session does. */
export async function dialSecure(port: number, setup: DialSetup = {}): Promise<Transport> {
  const context = new RecordingContext(setup);
  const transport = await dialTcp(serverAddress(port, setup), context);
  if (setup.tls?.handshakeFirst === true) return transport;
  return await new Promise((resolve, reject) => {
    let text = "";
    transport.listen({
      onData(chunk) {
        text += Buffer.from(chunk).toString("latin1");
        if (text.endsWith("\r\n")) transport.startTls!(context).then(resolve, reject);
      },
      onDrain: () => undefined,
      onClose: (error) => reject(error ?? new Error("closed before INFO")),
    });
  });
}

/** Listens to a transport and keeps what it says. */
export class TransportLog implements TransportListener {
  readonly closed: Promise<Error | undefined>;
  closes = 0;
  length = 0;
  readonly #transport: Transport;
  readonly #chunks: Uint8Array[] = [];
  #onClosed!: (error: Error | undefined) => void;
  #wake: (() => void) | undefined;
  #onDrain: (() => void) | undefined;

  constructor(transport: Transport) {
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
    this.#transport = transport;
    transport.listen(this);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString("latin1");
  }

  onData(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
    this.#wake?.();
  }

  onDrain(): void {
    this.#onDrain?.();
    this.#onDrain = undefined;
  }

  onClose(error?: Error): void {
    this.closes++;
    this.#onClosed(error);
  }

  /** Writes, and waits for the drain where the transport asks for that. */
  async write(chunk: Uint8Array | string): Promise<void> {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (this.#transport.write(bytes)) return;
    await this.drain();
  }

  async drain(): Promise<void> {
    await new Promise<void>((resolve) => (this.#onDrain = resolve));
  }

  async hasLength(length: number): Promise<void> {
    while (this.length < length) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  async hasText(text: string): Promise<void> {
    while (!this.text.includes(text)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}
