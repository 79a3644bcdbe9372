import type { Ending, Link, LinkKind, LinkListener, PeerCertificate, TlsSession } from "../link.ts";
import { DelayedInput } from "./delayed-input.ts";
import { halfOfFirstFrame } from "./first-frame.ts";
import { HeldOutput } from "./held-output.ts";
import { type LinkFaults, NO_FAULTS } from "./link-faults.ts";

/** Wraps every link, so that faults can reach existing connections. Without faults it only passes calls on. */
export class FaultyLink implements Link {
  #link: Link;
  #listener: LinkListener | undefined;
  #faults: LinkFaults = NO_FAULTS;
  /** Input and output are undefined while they hold nothing. */
  #input: DelayedInput | undefined;
  #output: HeldOutput | undefined;
  /** The link has not drained since the last write. */
  #isWaiting = false;
  /** The session has paused reading. */
  #isPaused = false;
  /** The link has been paused. */
  #isLinkPaused = false;
  /** The session may write again, but could not be told because it does not listen yet. */
  #isDrainUntold = false;
  #isLinkClosed = false;
  #onCut: (() => void) | undefined;
  #state: "open" | "cut" | "ended" = "open";
  #onIdle: (() => void) | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  get kind(): LinkKind {
    return this.#link.kind;
  }

  get host(): string {
    return this.#link.host;
  }

  get port(): number {
    return this.#link.port;
  }

  get tls(): TlsSession | undefined {
    return this.#link.tls;
  }

  get cookies(): ReadonlyMap<string, string> | undefined {
    return this.#link.cookies;
  }

  get certificate(): PeerCertificate | undefined {
    return this.#link.certificate;
  }

  get unsentBytes(): number {
    return this.#link.unsentBytes + (this.#output?.bytes ?? 0);
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
    this.#steerLink();
    this.#link.listen({
      onData: (chunk) => {
        if (this.#input === undefined) this.#listener?.onData(chunk);
        else this.#input.take(chunk);
      },
      onEnd: () => this.#onLinkEnd(),
      onDrain: () => this.#onLinkDrain(),
      onClose: () => this.#onLinkClose(),
    });
    if (this.#isDrainUntold) queueMicrotask(() => this.#listener?.onDrain());
  }

  /** Faults don't reach into the handshake: INFO leaves before it begins. */
  async startTls(): Promise<Link> {
    if (this.#output !== undefined) await this.#untilIdle();
    if (this.#state === "ended") throw new Error("the connection ended before the TLS handshake");
    this.#link = (await this.#link.startTls?.()) ?? this.#link;
    this.#isWaiting = false;
    this.#isDrainUntold = false;
    if (this.#faultsDelayOutput()) this.#output = this.#newOutput();
    return this;
  }

  #untilIdle(): Promise<void> {
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#state !== "open") return true;
    if (this.#onCut !== undefined) return this.#cut(chunks, this.#onCut);
    if (this.#output !== undefined) return this.#output.write(chunks);
    const isTaken = this.#link.write(chunks);
    this.#isWaiting = !isTaken;
    return isTaken;
  }

  pause(): void {
    this.#isPaused = true;
    this.#steer();
  }

  resume(): void {
    this.#isPaused = false;
    this.#steer();
  }

  end(ending: Ending): void {
    const last = this.#cutLast(ending.last);
    this.#leave();
    const output = this.#output;
    if (output === undefined) {
      this.#link.end({ ...ending, last });
      return;
    }
    if (last.length > 0) output.write(last);
    output.end(ending.limit, (heldBytes) =>
      this.#finish(() => {
        const onEnded = (unsentBytes: number): void => ending.onEnded(unsentBytes + heldBytes);
        this.#link.end({ ...ending, last: [], onEnded });
      }),
    );
  }

  /** What the client gets of the last chunks if the next frame is to be cut. */
  #cutLast(last: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#state !== "open") return [];
    return this.#onCut !== undefined && last.length > 0 ? [halfOfFirstFrame(last)] : last;
  }

  destroy(reset?: boolean): void {
    this.#leave();
    this.#finish(() => this.#link.destroy(reset));
  }

  /** Replaces the faults; bytes that the new ones don't hold back go on their way. */
  set(faults: LinkFaults): void {
    if (this.#state === "ended" && this.#output === undefined) return;
    this.#faults = faults;
    if (this.#input === undefined && faults.readingDelay > 0) this.#input = this.#newInput();
    this.#steer();
    if (this.#output === undefined && this.#faultsDelayOutput()) this.#output = this.#newOutput();
    this.#output?.set(faults);
  }

  /** Sends bytes of its own between two writes of the session. */
  inject(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#output ??= this.#newOutput();
    this.#output.inject(bytes);
  }

  /** Cuts the next frame: sends half of it and nothing more, and calls back. Undefined calls that off. */
  cutNextFrame(onCut: (() => void) | undefined): void {
    this.#onCut = onCut;
  }

  #cut(chunks: readonly Uint8Array[], onCut: () => void): boolean {
    const half = halfOfFirstFrame(chunks);
    this.#onCut = undefined;
    if (this.#output === undefined) this.#link.write([half]);
    else this.#output.inject(half);
    this.#state = "cut";
    // The session is in the middle of a write.
    queueMicrotask(onCut);
    return true;
  }

  #faultsDelayOutput(): boolean {
    const { stallsWriting, writingDelay, split, merge } = this.#faults;
    return stallsWriting || writingDelay > 0 || split > 0 || merge > 0;
  }

  #newOutput(): HeldOutput {
    return new HeldOutput(this.#link, this.#faults, this.#isWaiting, {
      onDrain: () => {
        this.#isDrainUntold = this.#listener === undefined;
        this.#listener?.onDrain();
      },
      onEmpty: () => {
        if (!this.#faultsDelayOutput() || this.#onIdle !== undefined) this.#output = undefined;
        this.#onIdle?.();
        this.#onIdle = undefined;
      },
    });
  }

  #newInput(): DelayedInput {
    return new DelayedInput(this.#faults, this.#isHeld, {
      onData: (chunk) => this.#listener?.onData(chunk),
      onClose: () => {
        if (this.#isLinkClosed) this.#listener?.onClose();
        else this.#listener?.onEnd();
      },
      onFull: () => this.#steerLink(),
      onEmpty: () => {
        if (this.#faults.readingDelay === 0) this.#input = undefined;
      },
    });
  }

  /** Whether input is held back from the session now. */
  get #isHeld(): boolean {
    return this.#isPaused || this.#faults.stallsReading;
  }

  #steer(): void {
    this.#input?.set(this.#faults, this.#isHeld);
    this.#steerLink();
  }

  /** Pauses or resumes the link as needed. Before the session listens nothing is read anyway. */
  #steerLink(): void {
    const isPaused = this.#isHeld || this.#input?.isFull === true;
    if (isPaused === this.#isLinkPaused || this.#listener === undefined) return;
    this.#isLinkPaused = isPaused;
    if (isPaused) this.#link.pause();
    else this.#link.resume();
  }

  #onLinkDrain(): void {
    this.#isWaiting = false;
    if (this.#output === undefined) this.#listener?.onDrain();
    else this.#output.onLinkDrain();
  }

  #onLinkEnd(): void {
    if (this.#input === undefined || this.#input.isEmpty) this.#listener?.onEnd();
    else this.#input.take(undefined);
  }

  #onLinkClose(): void {
    this.#isLinkClosed = true;
    this.#output?.giveUp();
    if (this.#input === undefined || this.#input.isEmpty) this.#listener?.onClose();
    else this.#input.take(undefined);
  }

  /** Leaves the session, which hears nothing more. */
  #leave(): void {
    this.#state = "ended";
    this.#listener = undefined;
    this.#input?.drop();
    this.#input = undefined;
  }

  #finish(close: () => void): void {
    this.#output?.drop();
    this.#output = undefined;
    close();
    this.#onIdle?.();
  }
}
