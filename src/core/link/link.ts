import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { NatsError } from "../errors.ts";
import { Decoder, type MessageFrame, type OperationListener } from "../protocol/decoder.ts";
import type { Counters } from "../statistics.ts";
import type { Transport, TransportListener } from "../transport.ts";
import type { GuardedTransport } from "./guarded-transport.ts";
import { brokenLink, closedByPeer } from "./link-errors.ts";

/** What a link tells its owner. */
export interface LinkListener {
  onInfo(link: Link, json: string): void;
  onPing(link: Link): void;
  onPong(link: Link): void;
  onServerError(link: Link, text: string): void;
  onDrain(link: Link): void;
  /** The link is gone. Told once, and never after `destroy`. */
  onLost(link: Link, error: NatsError): void;
}

/** Where a link's messages go. */
export type Route = Pick<SubscriptionTable, "route" | "unpin">;

/** One transport's life after the handshake: operations until it ends. Nothing is told of a link that was destroyed. */
export class Link implements TransportListener, OperationListener {
  readonly url: string;
  readonly #transport: GuardedTransport;
  readonly #counters: Counters;
  readonly #decoder = new Decoder(this);
  #route: Route;
  #listener: LinkListener | undefined;
  #isGone = false;
  #blamed: NatsError | undefined;
  #heard = 0;
  /** The last `-ERR`, and how many chunks had come by then. */
  #lastError: { readonly error: NatsError; readonly heard: number } | undefined;
  #unsentBefore = 0;
  #hasDrained = false;

  constructor(transport: GuardedTransport, url: string, route: Route, counters: Counters) {
    this.#transport = transport;
    this.url = url;
    this.#route = route;
    this.#counters = counters;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** Tells `listener` what comes, the bytes right behind the handshake first; never from within this call. */
  listen(listener: LinkListener): void {
    this.#listener = listener;
    this.#transport.listen(this);
  }

  onData(chunk: Uint8Array): void {
    this.#heard++;
    this.#route.unpin();
    try {
      this.#decoder.push(chunk);
    } catch (thrown) {
      this.#end(brokenLink(thrown, this.url));
    }
  }

  copyFrom(lent: Uint8Array): number {
    this.#heard++;
    this.#route.unpin();
    try {
      const taken = this.#decoder.copyFrom(lent);
      // The rest is of the same chunk.
      if (taken < lent.length) this.#heard--;
      return taken;
    } catch (thrown) {
      this.#end(brokenLink(thrown, this.url));
      return lent.length;
    }
  }

  onDrain(): void {
    this.#hasDrained = true;
    this.#listener?.onDrain(this);
  }

  onClose(error?: Error): void {
    if (this.#blamed !== undefined) this.#end(this.#blamed);
    else if (error === undefined) this.#end(closedByPeer(this.url, this.#lastWord()));
    else this.#end(brokenLink(error, this.url, this.#lastWord()));
  }

  /** A server says last why it closes the link. One more chunk may come behind that: other messages were on their way. */
  #lastWord(): NatsError | undefined {
    const last = this.#lastError;
    return last !== undefined && this.#heard <= last.heard + 1 ? last.error : undefined;
  }

  onMessage(frame: MessageFrame): void {
    this.#counters.inMessages++;
    this.#counters.inBytes += frame.payloadEnd - frame.headersStart;
    this.#route.route(frame);
  }

  onInfo(json: string): void {
    this.#listener?.onInfo(this, json);
  }

  onPing(): void {
    this.#listener?.onPing(this);
  }

  onPong(): void {
    this.#listener?.onPong(this);
  }

  onOk(): void {
    // A verbose connection is told of each operation that was fine.
  }

  onServerError(text: string): void {
    this.#listener?.onServerError(this, text);
  }

  /** How many chunks have come: whoever compares two of these knows whether any byte came between. */
  get heard(): number {
    return this.#heard;
  }

  /** Changes whenever bytes leave, or come; while some wait to leave only these count. */
  get progress(): number {
    const { queuedBytes, unsentBytes } = this.#transport;
    const waiting = queuedBytes ?? unsentBytes;
    return waiting > 0 ? -waiting : this.#heard;
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

  /** If the peer closes the link now, this is why: the loss is told with this error. */
  blame(error: NatsError): void {
    this.#blamed = error;
  }

  /** If the peer closes the link next, this is the cause. */
  suspect(error: NatsError): void {
    this.#lastError = { error, heard: this.#heard };
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

  /** As {@link destroy}, after what was written has left; resolves with the number of bytes that did not leave in time. */
  close(timeout: number): Promise<number> {
    this.#isGone = true;
    this.#decoder.stop();
    return this.#transport.end(timeout);
  }

  #end(error: NatsError): void {
    if (this.#isGone) return;
    this.destroy();
    this.#listener?.onLost(this, error);
  }
}
