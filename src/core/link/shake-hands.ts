import type { NatsError } from "../errors.ts";
import { Decoder, type OperationListener } from "../protocol/decoder.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { TransportListener } from "../transport.ts";
import type { AttemptClock } from "./attempt-clock.ts";
import { dialContext, type DialSettings } from "./dial-within.ts";
import type { GuardedTransport } from "./guarded-transport.ts";
import type { Handshake } from "./handshake.ts";
import { brokenLink, closedByPeer } from "./link-errors.ts";

/** What the handshake goes over, and by which clock. */
export interface HandshakeWay {
  readonly transport: GuardedTransport;
  readonly server: string;
  readonly clock: AttemptClock;
  readonly settings: DialSettings;
}

/**
 * Reads INFO, answers it, and resolves on the PONG; the transport holds what comes behind that. Rejects when the handshake
 * fails or the clock says so.
 */
export function shakeHands(handshake: Handshake, way: HandshakeWay): Promise<ServerInfo> {
  const { signal } = way.clock;
  return new Promise<ServerInfo>((resolve, reject) => {
    const greeting = new Greeting(handshake, way, (outcome) => {
      signal.removeEventListener("abort", onAbort);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    });
    const onAbort = (): void => greeting.fail(signal.reason);
    signal.addEventListener("abort", onAbort);
    // It aborted between the dial and this turn: no event will tell.
    if (signal.aborted) onAbort();
    else greeting.begin();
  });
}

/** The first words with a server, told to {@link Handshake}, and its answers sent. */
class Greeting implements TransportListener, OperationListener {
  readonly #handshake: Handshake;
  readonly #way: HandshakeWay;
  readonly #onEnd: (outcome: ServerInfo | NatsError) => void;
  #decoder = new Decoder(this);
  /** TLS begins: the next chunk is the first under it. */
  #isChanging = false;
  #isOver = false;

  constructor(handshake: Handshake, way: HandshakeWay, onEnd: (outcome: ServerInfo | NatsError) => void) {
    this.#handshake = handshake;
    this.#way = way;
    this.#onEnd = onEnd;
  }

  begin(): void {
    this.#way.clock.enterPhase("info");
    this.#way.transport.listen(this);
  }

  fail(thrown: unknown): void {
    const error = brokenLink(thrown, this.#way.server);
    this.#end(isStreamError(error) ? this.#handshake.onMalformed(error) : error);
  }

  #end(outcome: ServerInfo | NatsError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#decoder.stop();
    this.#onEnd(outcome);
  }

  onData(chunk: Uint8Array): void {
    if (this.#isChanging) this.#changeDecoder();
    try {
      const taken = this.#decoder.push(chunk);
      if (this.#isOver) this.#way.transport.hold(chunk.subarray(taken));
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** What came in clear says nothing of what comes under TLS, and the transport tells nothing in between. */
  #changeDecoder(): void {
    this.#isChanging = false;
    this.#decoder.stop();
    this.#decoder = new Decoder(this);
  }

  onDrain(): void {
    // What a handshake sends needs no room.
  }

  onClose(error?: Error): void {
    this.fail(error ?? closedByPeer(this.#way.server));
  }

  onInfo(json: string): void {
    const { isSecure, canSecure } = this.#way.transport;
    if (this.#handshake.onInfo(json, { isSecure, canStartTls: canSecure })) {
      this.#startTls().then(
        () => this.#sign(),
        (thrown: unknown) => this.fail(thrown),
      );
    } else {
      this.#sign();
    }
  }

  async #startTls(): Promise<void> {
    const { transport, clock, settings } = this.#way;
    this.#isChanging = true;
    await transport.secure(dialContext(clock, settings));
  }

  /** In this turn, unless there is something to sign. */
  #sign(): void {
    try {
      const signature = this.#handshake.sign();
      if (typeof signature === "object") {
        signature.then((made) => this.#answer(made)).catch((thrown: unknown) => this.fail(thrown));
      } else {
        this.#answer(signature);
      }
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #answer(signature: string | undefined): void {
    if (this.#isOver) return;
    this.#way.clock.enterPhase("auth");
    this.#way.transport.writeAll(this.#handshake.answer(signature));
  }

  onPong(): void {
    this.#end(this.#handshake.onPong());
  }

  onOk(): void {
    this.#handshake.onOk();
  }

  onServerError(text: string): void {
    throw this.#handshake.onServerError(text);
  }

  onPing(): void {
    throw this.#handshake.onOther("PING");
  }

  onMessage(): void {
    throw this.#handshake.onOther("MSG");
  }
}

function isStreamError(error: NatsError): boolean {
  return error.name === "ProtocolError" && error.code !== "NOT_A_NATS_SERVER";
}
