import { ConnectionError, isNatsError, NatsError, toError } from "../errors.ts";
import { Decoder, type MessageFrame, type OperationSink } from "../protocol/decoder.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { Transport, TransportListener } from "../transport.ts";
import type { AttemptClock } from "./attempt.ts";
import type { Handshake } from "./handshake.ts";
import { type Server, serverUrl } from "./server-pool.ts";
import type { Counters } from "./statistics.ts";
import type { SubscriptionTable } from "./subscription-table.ts";

/** What a link tells its owner. */
export interface LinkListener {
  /** The handshake is over. Told before anything that the server sent after it. */
  onEstablished(link: Link, info: ServerInfo): void;
  onInfo(json: string): void;
  onPing(): void;
  onPong(): void;
  onServerError(text: string): void;
  onDrain(): void;
  /** The link is gone after it was established. Told once, and never after `destroy`. */
  onLost(error: NatsError): void;
}

/** One transport's life: handshake, then operations until it ends. Nothing is told of a link that was destroyed. */
export class Link implements TransportListener, OperationSink {
  readonly transport: Transport;
  readonly server: Server;
  readonly url: string;
  readonly #table: SubscriptionTable;
  readonly #counters: Counters;
  readonly #listener: LinkListener;
  readonly #decoder = new Decoder(this);
  /** Present until the link is established. */
  #handshake: Handshake | undefined;
  #onConnectSent: (() => void) | undefined;
  #onHandshakeEnd: ((error: NatsError | undefined) => void) | undefined;
  #isGone = false;
  #hasHeard = false;
  #unsentBefore = 0;
  #hasDrained = false;

  constructor(
    transport: Transport,
    server: Server,
    table: SubscriptionTable,
    counters: Counters,
    listener: LinkListener,
  ) {
    this.transport = transport;
    this.server = server;
    this.url = serverUrl(server.address);
    this.#table = table;
    this.#counters = counters;
    this.#listener = listener;
  }

  /** Reads INFO, answers it, and resolves on the PONG; rejects when that fails or the clock says so. */
  shakeHands(handshake: Handshake, clock: AttemptClock): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#onHandshakeEnd?.(toNatsError(clock.signal.reason, this.url));
      this.#handshake = handshake;
      this.#onHandshakeEnd = (error) => {
        clock.signal.removeEventListener("abort", onAbort);
        this.#handshake = undefined;
        this.#onHandshakeEnd = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      clock.signal.addEventListener("abort", onAbort);
      this.#onConnectSent = () => clock.enterPhase("auth");
      clock.enterPhase("info");
      this.transport.listen(this);
    });
  }

  onData(chunk: Uint8Array): void {
    this.#hasHeard = true;
    this.#table.settle();
    try {
      this.#decoder.push(chunk);
    } catch (thrown) {
      this.#end(toNatsError(thrown, this.url));
    }
  }

  onDrain(): void {
    this.#hasDrained = true;
    if (this.#handshake === undefined) this.#listener.onDrain();
  }

  onClose(error?: Error): void {
    this.#end(
      error === undefined
        ? new ConnectionError("DISCONNECTED", `${this.url} closed the link`, { server: this.url })
        : toNatsError(error, this.url),
    );
  }

  onMessage(frame: MessageFrame): void {
    if (this.#handshake !== undefined) throw this.#handshake.onOther("MSG");
    this.#counters.inMessages++;
    this.#counters.inBytes += frame.payloadEnd - frame.headersStart;
    this.#table.route(frame);
  }

  onInfo(json: string): void {
    if (this.#handshake === undefined) {
      this.#listener.onInfo(json);
      return;
    }
    this.transport.writeAll(this.#handshake.onInfo(json));
    this.#onConnectSent?.();
  }

  onPing(): void {
    if (this.#handshake !== undefined) throw this.#handshake.onOther("PING");
    this.#listener.onPing();
  }

  onPong(): void {
    if (this.#handshake === undefined) {
      this.#listener.onPong();
      return;
    }
    const info = this.#handshake.onPong();
    this.#onHandshakeEnd?.(undefined);
    this.#listener.onEstablished(this, info);
  }

  onOk(): void {
    this.#handshake?.onOk();
  }

  onServerError(text: string): void {
    if (this.#handshake !== undefined) throw this.#handshake.onServerError(text);
    this.#listener.onServerError(text);
  }

  /** Whether any byte came since this was asked last. */
  takeHeard(): boolean {
    const hasHeard = this.#hasHeard;
    this.#hasHeard = false;
    return hasHeard;
  }

  /** Whether bytes wait to leave and none has left since this was asked last. */
  takeStalled(): boolean {
    const before = this.#unsentBefore;
    const hasDrained = this.#hasDrained;
    this.#unsentBefore = this.transport.unsentBytes;
    this.#hasDrained = false;
    return before > 0 && this.#unsentBefore >= before && !hasDrained;
  }

  /** Gives the link up, as if it had broken. */
  fail(error: NatsError): void {
    this.#end(error);
  }

  /** Ends the link without a word to the listener. */
  destroy(): void {
    this.#isGone = true;
    this.#decoder.stop();
    this.transport.destroy();
  }

  /** Ends the link without a word to the listener, as `Transport.end` does. */
  close(timeout: number): Promise<number> {
    this.#isGone = true;
    this.#decoder.stop();
    return this.transport.end(timeout);
  }

  #end(error: NatsError): void {
    if (this.#isGone) return;
    this.destroy();
    const handshake = this.#handshake;
    if (handshake === undefined) this.#listener.onLost(error);
    else this.#onHandshakeEnd?.(isStreamError(error) ? handshake.onMalformed(error) : error);
  }
}

function isStreamError(error: NatsError): boolean {
  return error.name === "ProtocolError" && error.code !== "NOT_A_NATS_SERVER";
}

function toNatsError(thrown: unknown, server: string): NatsError {
  if (thrown instanceof NatsError || isNatsError(thrown)) return thrown;
  const cause = toError(thrown);
  return new ConnectionError("DISCONNECTED", `the link to ${server} broke: ${cause.message}`, {
    server,
    cause,
  });
}
