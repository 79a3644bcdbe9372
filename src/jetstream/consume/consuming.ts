import { checkOptions, type Check, type Checks, aSignal, milliseconds } from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { DrainReport } from "../../core/delivery/drain-report.ts";
import type { PendingCount } from "../../core/delivery/pending.ts";
import type { SubscriptionState } from "../../core/delivery/subscription.ts";
import type { NatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import type { ConsumeEventType, ConsumeEventListener } from "./consume-events.ts";
import type { ConsumingLife } from "./consuming-life.ts";
import type { DrainConsumingOptions, Origin } from "./consuming-options.ts";
import type { ConsumeEvent, ConsumingClosed } from "./events.ts";

const anything: Check<object> = (_name, value) => value as object;

const DRAIN: Checks<DrainConsumingOptions> = { timeout: milliseconds, signal: aSignal, handling: anything };

/** What consuming, working and watching have in common. Disposing stops it. */
export abstract class Consuming implements AsyncDisposable {
  readonly #life: ConsumingLife<StoredMessage>;
  readonly #origin: Origin;
  #isDraining = false;

  /** @internal */
  constructor(life: ConsumingLife<StoredMessage>, origin: Origin) {
    this.#life = life;
    this.#origin = origin;
  }

  /** active: messages come in. draining: no more come, and those that are here are handed out. closed: none is handed out. */
  get state(): SubscriptionState {
    const { phase } = this.#life;
    return phase === "finishing" ? "draining" : phase;
  }

  /** The messages that are here and not handled. Bytes are of payload. */
  get pending(): PendingCount {
    return this.#life.pending;
  }

  /**
   * Ends at once: loops end quietly. Messages that wait here, or are still on their way, go back to the server, which counts that as
   * one of their deliveries; it resolves when they have. The message that your code has in hand stays yours to settle.
   */
  async stop(): Promise<void> {
    await this.#life.stop();
  }

  // JS-PULL-16
  /**
   * Asks for no more messages, and waits until all that are here, or on their way, are handled: callbacks have settled, loops
   * have come back for more. If nobody has begun to read by then, the messages go back. Without a `timeout` or a `signal` it
   * waits for as long as that takes; when they end the wait, messages that are left go back.
   *
   * A callback that drains does not wait for itself. After its first `await` it must name its message with `handling`; the body of a
   * loop must always.
   *
   * Rejects with `CONNECTION_CLOSED` once the connection is closed, or `INVALID_OPTION`.
   */
  async drain(options: DrainConsumingOptions = {}): Promise<DrainReport> {
    const checked = checkOptions(options, DRAIN);
    this.#isDraining = true;
    return await this.#life.drain(checked);
  }

  /** Resolves when it has ended, with the reason. Never rejects. */
  get closed(): Promise<ConsumingClosed> {
    return this.#life.closed;
  }

  // JS-PULL-09
  /**
   * Calls `listener` with each event of a type; returns a function that removes it. A listener gets events in order, one at a
   * time: if it returns a promise, that is awaited before the next event. Up to 1,024 events wait for it; a `missed` event
   * counts those that it did not get. Throws `INVALID_OPTION` for an unknown type.
   */
  on<K extends ConsumeEventType>(type: K, listener: ConsumeEventListener<K>): () => void {
    return this.#life.events.on(type, listener);
  }

  /** All events from now on, until the end; a `missed` event counts those that a slow reader did not get. */
  events(): AsyncSequence<ConsumeEvent> {
    return this.#life.events.read();
  }

  /** What keeps messages from coming, for whoever waits for one. @internal */
  get trouble(): NatsError | undefined {
    return this.#life.events.trouble;
  }

  /** Stops it, or waits for the drain that is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDraining) await this.#life.closed;
    else await this.#life.stop();
  }

  /** What `console.log` shows. @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { state, pending } = this;
    return inspected(this.constructor.name, { ...this.#origin, state, pending }, depth, options, inspect);
  }
}
