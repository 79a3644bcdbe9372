import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { Schema, SchemaOutput } from "../../core/values/schema.ts";
import { aSchema } from "../../core/values/values.ts";
import { ConsumerMessages } from "../consume/consumer-messages.ts";
import { originOf } from "../consume/consuming-options.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import { takenToBeThere } from "../push/bound-consumer.ts";
import { checkPushConsume, type PushConsumeOptions, resolvePush } from "../push/push-options.ts";
import { PushSource } from "../push/push-source.ts";
import type { BatchHandler, BatchWindow, Handler, PushWorkOptions } from "../work/options.ts";
import { workPush } from "../work/work-push.ts";
import type { Work } from "../work/work.ts";
import { AnyConsumer } from "./any-consumer.ts";
import { ConsumerApi } from "./consumer-api.ts";

/**
 * Uses a push consumer. One that was made without a name is for this client alone, and is removed when its reading ends.
 */
export class PushConsumer<T = unknown> extends AnyConsumer {
  #isDeleted = false;

  /** The same consumer; a schema reads the `value` of its messages. Throws `INVALID_OPTION`. */
  typed<S extends Schema>(schema: S): PushConsumer<SchemaOutput<S>> {
    return new PushConsumer(this.context, this, this.known, aSchema("schema", schema));
  }

  // JS-PUSH-01, JS-PUSH-02, JS-PUSH-03
  /**
   * The messages that it sends, for a loop or a `callback`. To leave the loop stops it; messages that wait go back to the
   * server. With flow control the server pauses while too many wait here. In any case `pending` limits them: further messages
   * are dropped, and `slowConsumer` events tell.
   *
   * Throws `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. The loop throws what ends it: `CONSUMER_BOUND` if another
   * client reads the consumer and there is no group, `CONSUMER_NOT_FOUND` and `STREAM_NOT_FOUND` unless `onMissing` says otherwise,
   * `SLOW_CONSUMER`, `SUBSCRIBE_DENIED` or `CONNECTION_CLOSED`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "NEWS", subjects: ["news.>"] });
   * await js.publish("news.sports", "1:0");
   * const consumer = await js.consumers.create("NEWS", { push: {} });
   * for await (const m of consumer.consume({ stopAfter: 1 })) {
   *   console.log(m.subject, m.string());
   *   m.ack();
   * }
   * await nc.drain();
   * ```
   */
  consume(options: PushConsumeOptions<JetStreamMessage<T>> = {}): ConsumerMessages<JetStreamMessage<T>> {
    const { callback, onStale = "drop", signal, ...others } = checkPushConsume(options);
    const source = this.source(others);
    const { connection } = this.context;
    return new ConsumerMessages(source, { connection, origin: originOf(this), onStale, signal }, callback);
  }

  // JSS-09
  /**
   * Handles its messages as `Consumer.work` does. Throws `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`, and
   * `WRONG_CONSUMER_KIND` where an ack covers other messages. `closed` has what ends it.
   */
  work(handler: BatchHandler<T>, options: PushWorkOptions<T> & { readonly batch: BatchWindow }): Work;
  work(handler: Handler<T>, options?: PushWorkOptions<T>): Work;
  work(handler: Handler<T> | BatchHandler<T>, options: PushWorkOptions<T> = {}): Work {
    return workPush(this, handler as Handler | BatchHandler, options as PushWorkOptions);
  }

  /** Its messages, by options that are checked. @internal */
  source(options: Omit<PushConsumeOptions, "callback" | "onStale" | "signal">): PushSource<T> {
    const { bound } = this.known;
    const consumer = bound === undefined ? this : takenToBeThere(this, bound);
    return new PushSource<T>(consumer, resolvePush(options, this.config?.maxAckPending));
  }

  // JS-26
  /** Removes it if it was made for this client alone; it may have gone by itself. @internal */
  deleteIfOwn(): void {
    if (this.known.isOwn !== true || this.#isDeleted) return;
    this.#isDeleted = true;
    const { connection } = this.context;
    new ConsumerApi(this.context).delete(this, {}).catch((error: NatsError) => {
      const isGone = isNatsError(error, "CONSUMER_NOT_FOUND") || isNatsError(error, "STREAM_NOT_FOUND");
      if (!isGone && connection.state !== "closed") connection.foundation.report(error);
    });
  }
}
