import { copyOf } from "../../core/caller-stack.ts";
import { failureOf } from "../../core/delivery/subscription-errors.ts";
import type { Connection } from "../../core/connection/connection.ts";
import { type DrainReport, messagesInHand } from "../../core/delivery/drain-report.ts";
import type { PendingCount } from "../../core/delivery/pending.ts";
import type { NatsError } from "../../core/errors.ts";
import type { AbortListener, AbortSource } from "../../core/shared-signal.ts";
import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import { callbackFailed, ConsumeEvents } from "./consume-events.ts";
import type { ConsumeEvent, ConsumingClosed } from "./events.ts";
import type { ConsumingOptions, DrainConsumingOptions } from "./consuming-options.ts";
import { CONSUMING_MOVES, type ConsumingPhase } from "./consuming-phase.ts";
import type { HandOut, HandOutHost } from "./hand-out.ts";
import { ShelfRenewal, workOn } from "./shelf-renewal.ts";
import { Shelf } from "./shelf.ts";
import type { Item, Source, SourceEnd, SourceListener } from "./source.ts";
import { Unhandled } from "./unhandled.ts";

/** What becomes of the messages of a source, from the first to the last: they lie on a shelf until they are handed out. */
export class ConsumingLife<M extends Item> implements SourceListener<M>, HandOutHost<M>, AbortListener {
  readonly events: ConsumeEvents;
  readonly #source: Source<M>;
  readonly #connection: Connection;
  readonly #shelf: Shelf<M>;
  readonly #renewal: ShelfRenewal<M> | undefined;
  readonly #signal: AbortSource | undefined;
  #handOut!: HandOut<M>;
  #leaveConnection: (() => void) | undefined;
  #phase: ConsumingPhase = "active";
  /** Why it is no longer active. */
  #end: SourceEnd = { reason: "stopped" };
  #closedError: NatsError | undefined;
  #handled = 0;
  readonly #unhandled: Unhandled;
  /** Of what is in hand, what no drain waits for. */
  readonly #spared = new Set<M>();
  #drains: (() => void)[] = [];
  readonly #closed = new Waiter<ConsumingClosed>({}, { what: "the end" });
  /** Somebody asked why it ends. */
  #isEndAwaited = false;

  constructor(source: Source<M>, { connection, origin, onStale, signal }: ConsumingOptions) {
    this.#source = source;
    this.#unhandled = new Unhandled(source);
    this.#connection = connection;
    this.events = new ConsumeEvents(origin.stream, (error) => connection.foundation.report(error));
    this.#shelf = new Shelf({ onStale: (message, age) => this.drop(message, age) });
    this.#renewal =
      onStale === "extend"
        ? new ShelfRenewal(this.#shelf, (message) => this.isLinked && workOn(message))
        : undefined;
    this.#signal = signal === undefined ? undefined : connection.foundation.signals.of(signal);
  }

  /** Begins; called once. */
  start(handOut: HandOut<M>): void {
    this.#handOut = handOut;
    this.#leaveConnection = this.#connection.foundation.join({
      drain: (options) => this.drain(options),
      onClosed: (error) => this.onEnd({ reason: "connection-closed", error }),
    });
    if (this.#signal?.aborted === true) {
      void this.stop();
      return;
    }
    this.#signal?.addEventListener("abort", this);
    this.#source.start(this);
  }

  get phase(): ConsumingPhase {
    return this.#phase;
  }

  get pending(): PendingCount {
    let messages = 0;
    let bytes = 0;
    for (const held of [this.#shelf, this.#handOut.inHand]) {
      for (const message of held) {
        messages++;
        bytes += message.size;
      }
    }
    return { messages, bytes };
  }

  get closed(): Promise<ConsumingClosed> {
    this.#isEndAwaited = true;
    return this.#closed.promise;
  }

  /** As {@link closed}, for parts of the library: the application counts as told by {@link closed} alone. */
  get ending(): Promise<ConsumingClosed> {
    return this.#closed.promise;
  }

  onMessage(message: M, deadline: number): void {
    if (this.#phase === "closed") {
      this.#giveBack(message);
      return;
    }
    this.#shelf.push(message, deadline);
    if (this.#renewal !== undefined) this.#renewal.onPushed(deadline);
    this.#handOut.onStocked();
  }

  onEvent(event: ConsumeEvent): void {
    this.events.emit(event);
  }

  onEnd(end: SourceEnd): void {
    if (this.#phase === "closed") return;
    // Nothing can be acked or given back any more.
    if (end.reason === "connection-closed") {
      this.#closedError = end.error;
      const error = failureOf(end.error);
      this.#close(error === undefined ? { reason: end.reason } : { reason: end.reason, error });
      return;
    }
    this.#move("finishing");
    this.#end = end;
    this.#handOut.finish(end.error);
    this.#settle();
    this.#giveUpUnread();
  }

  get stock(): number {
    return this.#shelf.length;
  }

  take(): M | undefined {
    return this.#shelf.shift();
  }

  /** Whether there is a link to a server. */
  get isLinked(): boolean {
    return this.#connection.server !== undefined;
  }

  get takenDeadline(): number {
    return this.#shelf.takenDeadline;
  }

  get takenWait(): number {
    return this.#shelf.takenWait;
  }

  takeBatch(limit: number): M[] {
    return this.#shelf.take(limit);
  }

  complete(message: M): void {
    this.#handled++;
    if (this.#spared.size > 0) this.#spared.delete(message);
    this.#source.taken(message);
    if (this.#phase !== "active") this.#settle();
  }

  drop(message: M, age: number): void {
    this.#source.dropped(message);
    const stale = message as unknown as JetStreamMessage;
    this.events.emit({ type: "stale", message: stale, age: Math.round(age) });
  }

  leave(): void {
    void this.stop();
  }

  onHandlerError(message: M, thrown: unknown): void {
    this.events.emit(callbackFailed(message as unknown as JetStreamMessage, thrown));
  }

  /** Its signal aborts. */
  handleEvent(): void {
    void this.stop();
  }

  /** Ends at once: what was not handed out goes back. Resolves when that, and what was on its way, has gone. */
  async stop(): Promise<void> {
    if (this.#phase !== "closed") this.#close({ reason: "stopped" });
    await this.#closed.promise;
  }

  async drain(options: DrainConsumingOptions): Promise<DrainReport> {
    if (this.#closedError !== undefined) throw copyOf(this.#closedError);
    const { handling, ...limits } = options;
    const before = { handled: this.#handled, unhandled: this.#unhandled.total };
    const timedOut = !(await this.#handOutAll(messagesInHand(handling), limits));
    const left = this.#handOut.inHand.length - this.#spared.size;
    return {
      handled: this.#handled - before.handled + this.#spared.size,
      abandoned: this.#unhandled.total - before.unhandled + left,
      timedOut,
      complete: !timedOut && this.#end.isIncomplete !== true && this.#end.error === undefined,
    };
  }

  /** Whether all was handled before the limits gave it up. */
  async #handOutAll(handling: readonly object[], limits: WaitOptions): Promise<boolean> {
    if (this.#phase === "closed") return true;
    const limit = new Waiter<void>(this.#connection.foundation.signals.limits(limits), { what: "the drain" });
    this.#drains.push(() => limit.resolve());
    this.#spare(handling);
    if (this.#phase === "active") {
      this.#move("draining");
      this.#source.finish();
    } else if (this.#phase === "finishing") {
      // Whoever begins to read right after the call gets what is here.
      queueMicrotask(() => this.#giveUpUnread());
    }
    try {
      await limit.promise;
      return true;
    } catch {
      if (this.phase !== "closed") this.#close({ reason: "drained", isIncomplete: true });
      return false;
    }
  }

  #spare(handling: readonly object[]): void {
    const { inHand, onStack } = this.#handOut;
    for (const message of inHand) {
      const { received } = message;
      const isNamed = handling.includes(message) || (received !== undefined && handling.includes(received));
      if (isNamed || message === onStack) this.#spared.add(message);
    }
    if (this.#spared.size > 0) this.#handOut.onSpared(this.#spared);
    this.#settle();
  }

  /** Ends it when all that came is handled; ends the drains when what is left is in hand, and no drain waits for it. */
  #settle(): void {
    if (this.#phase !== "finishing" || this.#shelf.length > 0) return;
    const { length } = this.#handOut.inHand;
    if (length === 0) this.#close(this.#end);
    else if (length === this.#spared.size) this.#endDrains();
  }

  /** A drain does not wait for what nobody comes for: nobody has begun to, or whoever has one in hand waits for the drain. */
  #giveUpUnread(): void {
    if (this.#phase !== "finishing" || this.#drains.length === 0 || this.#shelf.length === 0) return;
    const { inHand, isBegun, comesBack } = this.#handOut;
    const waitsForDrain = comesBack === true && this.#spared.size > 0 && inHand.length === this.#spared.size;
    if (waitsForDrain || !isBegun) this.#close(this.#end);
  }

  /** What is on its way still comes, and goes back, before the end is told. */
  #close(end: SourceEnd): void {
    this.#move("closed");
    this.#end = end;
    this.#signal?.removeEventListener("abort", this);
    this.#renewal?.stop();
    // The server is told first, or it would send here again what is given back.
    const late = this.#source.stop();
    const abandoned = this.#handOut.abandon(end.error);
    if (end.reason !== "connection-closed") {
      for (const message of this.#shelf.clear()) this.#giveBack(message);
      for (const message of abandoned) this.#giveBack(message);
    } else if (!this.#source.redelivers) {
      this.#unhandled.add(this.#shelf.clear().length + abandoned.length);
    }
    this.#endDrains();
    void late.then((count) => this.#onGone(count));
  }

  #onGone(late: number): void {
    this.#leaveConnection?.();
    this.events.finish();
    const { reason, error } = this.#end;
    this.#unhandled.add(late);
    const { counts } = this.#unhandled;
    this.#closed.resolve(error === undefined ? { reason, ...counts } : { reason, error, ...counts });
    const isHeard = this.#isEndAwaited || this.#handOut.throwsEnd || reason === "connection-closed";
    if (error !== undefined && !isHeard) this.#connection.foundation.report(error);
  }

  #giveBack(message: M): void {
    this.#unhandled.add(1);
    this.#source.giveBack(message);
  }

  #endDrains(): void {
    const drains = this.#drains;
    this.#drains = [];
    for (const end of drains) end();
  }

  #move(to: ConsumingPhase): void {
    if (CONSUMING_MOVES[this.#phase].includes(to)) this.#phase = to;
  }
}
