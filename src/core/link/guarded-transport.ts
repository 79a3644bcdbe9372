import { toError } from "../errors.ts";
import type { DialContext, Transport, TransportListener } from "../transport.ts";

/** Milliseconds beyond its limit after which an end that does not come is no longer waited for. */
const END_GRACE = 1000;

/**
 * A transport, an application's own included, that keeps to the rules whatever it does: what it throws is its end; what it
 * tells from within a call is heard when that call is over; after its end it is told nothing and tells nothing.
 */
export class GuardedTransport implements Transport {
  #inner: Transport;
  #listener: TransportListener | undefined;
  #isListening = false;
  /** How many calls of the transport are under way. */
  #calls = 0;
  /** What was told from within a call, or while nobody listened, in order. */
  #held: (() => void)[] = [];
  #isTelling = false;
  /** It keeps the memory of a write until it drains. */
  #isFull = false;
  #hasDrainedWithin = false;
  #isSecuring = false;
  #isOver = false;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get remoteAddress(): string {
    return this.#inner.remoteAddress;
  }

  get localAddress(): string | undefined {
    return this.#inner.localAddress;
  }

  get isSecure(): boolean {
    return this.#inner.isSecure;
  }

  get unsentBytes(): number {
    return this.#inner.unsentBytes;
  }

  get queuedBytes(): number | undefined {
    return this.#inner.queuedBytes;
  }

  get isClosed(): boolean {
    return this.#isOver || this.#inner.isClosed === true;
  }

  get canSecure(): boolean {
    return "startTls" in this.#inner;
  }

  /** From now on `listener` hears what comes, and first what has been held; never from within this call. */
  listen(listener: TransportListener): void {
    this.#listener = listener;
    if (this.#isListening) {
      this.#tellLater();
      return;
    }
    this.#isListening = true;
    this.#hear(this.#inner);
  }

  /** Keeps what comes until somebody listens again; `rest` was heard, and is still to be told. */
  hold(rest: Uint8Array): void {
    this.#listener = undefined;
    if (rest.length > 0) this.#held.unshift(() => this.#listener?.onData(rest));
  }

  #hear(inner: Transport): void {
    this.#calls++;
    try {
      inner.listen({
        onData: (chunk) => this.#onData(inner, chunk),
        copyFrom: (lent) => this.#copyFrom(inner, lent),
        onDrain: () => this.#onDrain(inner),
        onClose: (error) => this.#onClose(inner, error),
      });
    } catch (thrown) {
      this.#onClose(inner, toError(thrown));
    } finally {
      this.#calls--;
    }
  }

  #onData(inner: Transport, chunk: Uint8Array): void {
    // What comes in clear while TLS begins says nothing.
    if (this.#isOver || this.#isSecuring || inner !== this.#inner) return;
    if (this.#mustHold) this.#hold(() => this.#listener?.onData(chunk));
    else this.#listener!.onData(chunk);
  }

  #copyFrom(inner: Transport, lent: Uint8Array): number {
    if (this.#isOver || this.#isSecuring || inner !== this.#inner || this.#mustHold) return 0;
    return this.#listener!.copyFrom?.(lent) ?? 0;
  }

  #onDrain(inner: Transport): void {
    if (inner !== this.#inner) return;
    if (this.#calls > 0) this.#hasDrainedWithin = true;
    else this.#drain();
  }

  /** A drain that nothing waits for would free the memory of a later write. */
  #drain(): void {
    if (this.#isOver || !this.#isFull) return;
    this.#isFull = false;
    if (this.#mustHold) this.#hold(() => this.#tellDrain());
    else this.#listener!.onDrain();
  }

  #tellDrain(): void {
    if (!this.#isOver) this.#listener?.onDrain();
  }

  #onClose(inner: Transport, error: Error | undefined): void {
    if (this.#isOver || inner !== this.#inner) return;
    this.#isOver = true;
    if (this.#mustHold) this.#hold(() => this.#listener?.onClose(error));
    else this.#listener!.onClose(error);
  }

  get #mustHold(): boolean {
    return this.#calls > 0 || this.#held.length > 0 || this.#listener === undefined;
  }

  #hold(tell: () => void): void {
    this.#held.push(tell);
    this.#tellLater();
  }

  #tellLater(): void {
    if (this.#isTelling || this.#held.length === 0 || this.#listener === undefined) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      while (this.#held.length > 0 && this.#listener !== undefined) this.#held.shift()!();
    });
  }

  /** Does the TLS handshake on the open link. Rejects when that fails; the link is then of no use. */
  async secure(context: DialContext): Promise<void> {
    const plain = this.#inner;
    this.#isSecuring = true;
    const secured = await plain.startTls!(context);
    if (this.#isOver || !this.#isListening) {
      endQuietly(secured);
      return;
    }
    this.#isSecuring = false;
    if (secured === plain) return;
    this.#inner = secured;
    this.#hear(secured);
  }

  write(chunk: Uint8Array): boolean {
    return this.#write((inner) => inner.write(chunk));
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    return this.#write((inner) => inner.writeAll(chunks));
  }

  #write(write: (inner: Transport) => boolean): boolean {
    if (this.#isOver) return false;
    // What was told from within another call is of no write.
    if (this.#calls === 0) this.#hasDrainedWithin = false;
    this.#calls++;
    try {
      return this.#written(write(this.#inner));
    } catch (thrown) {
      return this.#failed(thrown);
    } finally {
      this.#calls--;
    }
  }

  #written(hasLeft: boolean): boolean {
    if (!hasLeft) this.#isFull = true;
    if (this.#hasDrainedWithin) {
      this.#hasDrainedWithin = false;
      if (!hasLeft) this.#hold(() => this.#drain());
    }
    // What was written may not have left if it ended meanwhile.
    return hasLeft && !this.#isOver;
  }

  #failed(thrown: unknown): false {
    this.#onClose(this.#inner, toError(thrown));
    return false;
  }

  /** As `Transport.end`, but never rejects, and tells nothing any more. */
  async end(timeout: number): Promise<number> {
    this.#silence();
    const { unsentBytes } = this;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error("it does not end")), timeout + END_GRACE);
      });
      return await Promise.race([this.#inner.end(timeout), late]);
    } catch {
      // An application's own, which has said by now that it can't be ended.
      endQuietly(this.#inner);
      return unsentBytes;
    } finally {
      clearTimeout(timer);
    }
  }

  destroy(): void {
    this.#silence();
    endQuietly(this.#inner);
  }

  #silence(): void {
    this.#isOver = true;
    this.#isListening = false;
    this.#listener = undefined;
    this.#held = [];
  }
}

function endQuietly(transport: Transport): void {
  try {
    transport.destroy();
  } catch {
    // There is nobody to tell, and nothing else to do.
  }
}
