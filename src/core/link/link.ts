import { ConnectionError, isNatsError, NatsError, toError } from "../errors.ts";
import { Decoder, type MessageFrame, type OperationSink } from "../protocol/decoder.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { DialContext, Transport, TransportListener } from "../transport.ts";
import { type AttemptClock, dialContext, type DialSettings } from "./attempt.ts";
import type { Handshake } from "./handshake.ts";
import { type Server, serverUrl } from "../servers/server.ts";
import type { Counters } from "../statistics.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";

/** What a link tells its owner. */
export interface LinkListener {
  /** The handshake is over. Told before anything that the server sent after it. */
  onEstablished(link: Link, info: ServerInfo): void;
  onInfo(link: Link, json: string): void;
  onPing(link: Link): void;
  onPong(link: Link): void;
  onServerError(link: Link, text: string): void;
  onDrain(link: Link): void;
  /** The link is gone after it was established. Told once, and never after `destroy`. */
  onLost(link: Link, error: NatsError): void;
}

/** A link whose handshake is over, and what its server said of itself. */
export interface ReadyLink {
  readonly link: Link;
  readonly info: ServerInfo;
}

/** Where a link's messages go. */
export type Route = Pick<SubscriptionTable, "route" | "settle">;

/** One transport's life: handshake, then operations until it ends. Nothing is told of a link that was destroyed. */
export class Link implements TransportListener, OperationSink {
  readonly server: Server;
  readonly url: string;
  readonly #counters: Counters;
  readonly #listener: LinkListener;
  #transport: Transport;
  #route: Route;
  #decoder = new Decoder(this);
  /** Present until the link is established. */
  #handshake: Handshake | undefined;
  #onHandshakeInfo: ((json: string) => void) | undefined;
  #onHandshakeEnd: ((error: NatsError | undefined) => void) | undefined;
  #isGone = false;
  #blamed: NatsError | undefined;
  #hasHeard = false;
  #unsentBefore = 0;
  #hasDrained = false;

  constructor(
    transport: Transport,
    server: Server,
    table: Route,
    counters: Counters,
    listener: LinkListener,
  ) {
    this.#transport = transport;
    this.server = server;
    this.url = serverUrl(server.address);
    this.#route = table;
    this.#counters = counters;
    this.#listener = listener;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** Reads INFO, answers it, and resolves on the PONG; rejects when that fails or the clock says so. */
  shakeHands(handshake: Handshake, clock: AttemptClock, settings: DialSettings): Promise<void> {
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
      if (clock.signal.aborted) {
        // Between the dial and this turn: nobody tells it again.
        onAbort();
        return;
      }
      this.#onHandshakeInfo = (json) => this.#onFirstInfo(json, handshake, clock, settings);
      clock.enterPhase("info");
      this.#transport.listen(this);
    });
  }

  #onFirstInfo(json: string, handshake: Handshake, clock: AttemptClock, settings: DialSettings): void {
    const { isSecure } = this.#transport;
    const beginsTls = handshake.onInfo(json, { isSecure, canStartTls: "startTls" in this.#transport });
    if (!beginsTls) {
      this.#answer(handshake, clock);
      return;
    }
    this.#startTls(dialContext(clock, settings)).then(
      () => this.#answer(handshake, clock),
      (thrown: unknown) => this.#end(toNatsError(thrown, this.url)),
    );
  }

  async #startTls(context: DialContext): Promise<void> {
    const secured = await this.#transport.startTls!(context);
    if (this.#isGone || this.#handshake === undefined) {
      secured.destroy();
      return;
    }
    this.#transport = secured;
    // What came in clear says nothing of what comes now.
    this.#decoder.stop();
    this.#decoder = new Decoder(this);
    secured.listen(this);
  }

  #answer(handshake: Handshake, clock: AttemptClock): void {
    const send = (signature: string | undefined): void => {
      if (this.#isGone || this.#handshake === undefined) return;
      clock.enterPhase("auth");
      this.#transport.writeAll(handshake.answer(signature));
    };
    try {
      const signature = handshake.sign();
      if (typeof signature === "object") {
        signature.then(send).catch((thrown: unknown) => this.#end(toNatsError(thrown, this.url)));
      } else {
        send(signature);
      }
    } catch (thrown) {
      this.#end(toNatsError(thrown, this.url));
    }
  }

  onData(chunk: Uint8Array): void {
    this.#hasHeard = true;
    this.#route.settle();
    try {
      this.#decoder.push(chunk);
    } catch (thrown) {
      this.#end(toNatsError(thrown, this.url));
    }
  }

  onDrain(): void {
    this.#hasDrained = true;
    if (this.#handshake === undefined) this.#listener.onDrain(this);
  }

  onClose(error?: Error): void {
    if (this.#blamed !== undefined) {
      this.#end(this.#blamed);
      return;
    }
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
    this.#route.route(frame);
  }

  onInfo(json: string): void {
    if (this.#handshake === undefined) this.#listener.onInfo(this, json);
    else this.#onHandshakeInfo?.(json);
  }

  onPing(): void {
    if (this.#handshake !== undefined) throw this.#handshake.onOther("PING");
    this.#listener.onPing(this);
  }

  onPong(): void {
    if (this.#handshake === undefined) {
      this.#listener.onPong(this);
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
    this.#listener.onServerError(this, text);
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
    const { queuedBytes, unsentBytes } = this.#transport;
    this.#unsentBefore = queuedBytes ?? unsentBytes;
    this.#hasDrained = false;
    return before > 0 && this.#unsentBefore >= before && !hasDrained;
  }

  /** From now on messages go elsewhere. */
  routeTo(route: Route): void {
    this.#route = route;
  }

  /** If the peer closes the link now, this is why. */
  blame(error: NatsError): void {
    this.#blamed = error;
  }

  /** Gives the link up, as if it had broken. */
  fail(error: NatsError): void {
    this.#end(error);
  }

  /** Ends the link without a word to the listener. */
  destroy(): void {
    this.#isGone = true;
    this.#decoder.stop();
    this.#transport.destroy();
  }

  /**
   * Ends the link without a word to the listener, as `Transport.end` does. Never rejects: of a transport that fails to end
   * all counts as lost that it had not sent.
   */
  async close(timeout: number): Promise<number> {
    this.#isGone = true;
    this.#decoder.stop();
    const { unsentBytes } = this.#transport;
    try {
      return await this.#transport.end(timeout);
    } catch {
      this.#abandon();
      return unsentBytes;
    }
  }

  #abandon(): void {
    try {
      this.#transport.destroy();
    } catch {
      // An application's own, which has said by now that it can't be ended.
    }
  }

  #end(error: NatsError): void {
    if (this.#isGone) return;
    this.destroy();
    const handshake = this.#handshake;
    if (handshake === undefined) this.#listener.onLost(this, error);
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
