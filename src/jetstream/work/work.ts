import type { DrainReport } from "../../core/delivery/drain-report.ts";
import { Consuming } from "../consume/consuming.ts";
import { ConsumingLife } from "../consume/consuming-life.ts";
import { type DrainConsumingOptions, originOf } from "../consume/consuming-options.ts";
import type { Source } from "../consume/source.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import type { AnyConsumer } from "../consumer/any-consumer.ts";
import { Handlers } from "./handlers.ts";
import type { ResolvedWork } from "./resolve-work.ts";
import { WorkedConsumer } from "./worked-consumer.ts";

/** What {@link Work} is made of. */
export interface WorkParts {
  readonly source: Source<JetStreamMessage>;
  readonly consumer: AnyConsumer;
  readonly options: ResolvedWork;
  readonly signal: AbortSignal | undefined;
}

/**
 * Handlers at work on the messages of a consumer, as `work` makes it. It goes on until it is stopped or drained, or until the
 * consumer is gone. An error of a handler does not end it.
 */
export class Work extends Consuming {
  readonly #handlers: Handlers;

  /** @internal */
  constructor({ source, consumer, options, signal }: WorkParts) {
    const origin = originOf(consumer);
    const life = new ConsumingLife(source, {
      connection: consumer.context.connection,
      origin,
      onStale: options.keepAlive === undefined ? "drop" : "extend",
      signal,
    });
    super(life as unknown as ConsumingLife<StoredMessage>, origin);
    this.#handlers = new Handlers(options, new WorkedConsumer(consumer), life);
    life.start(this.#handlers);
  }

  /**
   * How many messages are being handled now, and how many were acked, come again, or are given up for good. Messages that
   * handlers settle themselves are counted, too.
   */
  stats(): Readonly<Record<"running" | "acked" | "retried" | "givenUp", number>> {
    return this.#handlers.stats;
  }

  /**
   * Asks for no more messages, and waits until all that are here, or on their way, are handled, and those that are given up are
   * among the dead letters. Without a `timeout` or a `signal` it waits for as long as that takes. When they end the wait, the
   * signals of handlers that are still at work abort. Their messages count as `abandoned`, and are acked if the handlers end
   * well nevertheless. Messages that wait go back to the server.
   *
   * A handler that waits for the drain must name its message with `handling` after its first `await`.
   *
   * Rejects with `CONNECTION_CLOSED` once the connection is closed, or `INVALID_OPTION`.
   */
  override async drain(options: DrainConsumingOptions = {}): Promise<DrainReport> {
    const { allOnStack } = this.#handlers;
    if (allOnStack.length === 0) return await super.drain(options);
    const { handling = [] } = options;
    const named = Array.isArray(handling) ? (handling as readonly object[]) : [handling];
    return await super.drain({ ...options, handling: [...named, ...allOnStack] });
  }
}
