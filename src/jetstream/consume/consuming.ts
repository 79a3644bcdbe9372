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

  /** active: messages come in. draining: no more will, and what is here is handed out. closed: nothing is handed out. */
  get state(): SubscriptionState {
    const { phase } = this.#life;
    return phase === "finishing" ? "draining" : phase;
  }

  /** What is here and not handled. Bytes are of payload. */
  get pending(): PendingCount {
    return this.#life.pending;
  }

  /**
   * Ends at once: loops end quietly. What waits goes back to the server, which spends a delivery of each; so does what is on
   * its way, for which it waits. What the application has in hand stays its own.
   */
  async stop(): Promise<void> {
    await this.#life.stop();
  }

  // JS-PULL-16
  /**
   * Asks for no more, and waits until all that is here, and on its way, was handled: callbacks have settled, loops have come
   * back for more. What nobody has begun to read by then goes back. Without a `timeout` or a `signal` it waits for as long
   * as that takes; when they end it, what is left goes back.
   *
   * A callback whose call has not returned yet is not waited for; name the message with `handling` after the first
   * `await`, and in a loop.
   *
   * Rejects with `CONNECTION_CLOSED` once the connection is closed, or `INVALID_OPTION`.
   */
  async drain(options: DrainConsumingOptions = {}): Promise<DrainReport> {
    const checked = checkOptions(options, DRAIN);
    this.#isDraining = true;
    return await this.#life.drain(checked);
  }

  /** Resolves at the end, and tells why; it never rejects. */
  get closed(): Promise<ConsumingClosed> {
    return this.#life.closed;
  }

  // JS-PULL-09
  /**
   * Calls `listener` for each event of a type; returns what removes it. A listener hears events in order and one at a time: a
   * promise that it returns is awaited before it hears the next. More than 1,024 events don't wait for it: a `missed` event
   * counts those that it did not hear. Throws `INVALID_OPTION` for a type that there is not.
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
