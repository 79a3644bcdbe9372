import type { PendingLimits } from "../../core/delivery/pending.ts";
import type { Message } from "../../core/message.ts";
import type { PushConsumerConfig } from "../config/consumer-config.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { ConsumeEvent } from "../consume/events.ts";
import { type DeadlineOf, deadlinesOf } from "../consume/pull-facts.ts";
import { JetStreamMessage } from "../message/jetstream-message.ts";
import { notJetStream } from "../message/message-errors.ts";
import type { Control } from "./control-message.ts";
import { Deliveries, type Gap } from "./deliveries.ts";
import { type Delivered, FlowControl } from "./flow-control.ts";
import { OwnDeliveries } from "./own-deliveries.ts";
import { type BacklogListener, PushBacklog } from "./push-backlog.ts";
import { sharedSubject } from "./push-errors.ts";
import type { ResolvedPushOptions } from "./push-options.ts";
import type { PushedConsumer } from "./pushed-consumer.ts";

/** Who takes the messages from a {@link PushIntake}. */
export interface PushIntakeListener<T> {
  onAccepted(message: JetStreamMessage<T>, deadline: number): void;
  onEvent(event: ConsumeEvent): void;
  /** As many have come as were asked for. */
  onEnough(): void;
  /** There is no room for a message, and none may be dropped. */
  onFull(limits: PendingLimits): void;
}

/** Takes what a push consumer sends: counts it, checks that there is room, and answers so that the server sends more. */
export class PushIntake<T> implements BacklogListener {
  readonly #consumer: PushedConsumer;
  readonly #stopAfter: number;
  readonly #listener: PushIntakeListener<T>;
  readonly #backlog: PushBacklog;
  readonly #own = new OwnDeliveries();
  readonly #flow = new FlowControl((subject, last) => this.#answer(subject, last));
  /** What other consumers send here is handed out, and counts in no book of this one. */
  readonly #othersFlow = new FlowControl((subject) => this.#answer(subject, undefined));
  readonly #deliveries: Deliveries;
  #deadlineOf: DeadlineOf = () => Infinity;
  /** The server takes messages for acked when it hears that they are handled: a dropped one would never come again. */
  #acksByFlow = false;
  #accepted = 0;
  #isOver = false;
  #late = 0;

  constructor(consumer: PushedConsumer, options: ResolvedPushOptions, listener: PushIntakeListener<T>) {
    this.#consumer = consumer;
    this.#stopAfter = options.stopAfter;
    this.#listener = listener;
    this.#backlog = new PushBacklog(options.pending, this);
    this.#deliveries = new Deliveries(options.onMissing === "recreate");
  }

  /** All that came has left. */
  get isEmpty(): boolean {
    return this.#backlog.isEmpty;
  }

  /** How many came when nobody wanted them any more, and went back. */
  get late(): number {
    return this.#late;
  }

  /** Where another consumer has to go on. */
  get resumeAt(): number | undefined {
    return this.#deliveries.resumeAt;
  }

  /** Messages come by these rules. `isOther`: of a consumer that counts its deliveries from its own beginning. */
  onConsumer(info: ConsumerInfo, config: PushConsumerConfig, isOther: boolean): void {
    this.#deadlineOf = deadlinesOf(config);
    this.#acksByFlow = config.ackPolicy === "flow-control";
    this.#own.onConsumer(info);
    if (isOther) this.#deliveries.onConsumer(info, this.#consumer.takesAcks);
  }

  receive(received: Message): void {
    const message = new JetStreamMessage<T>(received, this.#consumer);
    // JS-16
    if (!message.isDelivery) {
      this.#consumer.context.connection.foundation.report(notJetStream(received));
      return;
    }
    if (this.#isOver || this.#accepted >= this.#stopAfter) {
      this.#late++;
      this.#nak(message);
      return;
    }
    const isOwn = this.#own.has(message);
    if (isOwn) this.#tellGap(this.#deliveries.add(message));
    else this.#onOther(message);
    if (this.#backlog.add(message)) this.#accept(message, isOwn ? this.#flow : this.#othersFlow);
    else if (this.#backlog.limits.onFull === "error" || this.#acksByFlow) {
      this.#listener.onFull(this.#backlog.limits);
    }
  }

  #accept(message: JetStreamMessage<T>, flow: FlowControl): void {
    flow.onAccepted(message);
    this.#accepted++;
    this.#listener.onAccepted(message, this.#deadlineOf(message, performance.now()));
    if (this.#accepted >= this.#stopAfter) this.#listener.onEnough();
  }

  onControl(control: Control): void {
    switch (control.type) {
      case "heartbeat":
        if (!this.#own.isShared) this.#tellGap(this.#deliveries.gapUpTo(control.lastDelivery));
        if (control.stalled !== undefined) this.#onRequest(control.stalled);
        return;
      case "flow-control":
        this.#onRequest(control.reply);
        return;
      case "status":
        this.#listener.onEvent(control);
    }
  }

  #onRequest(subject: string): void {
    const flow = this.#own.asksAt(subject) ? this.#flow : this.#othersFlow;
    flow.onRequest(subject);
  }

  /** Told once for each other consumer. */
  #onOther(message: JetStreamMessage<T>): void {
    if (!this.#own.onOther(message)) return;
    this.#consumer.context.connection.foundation.report(sharedSubject(message, this.#consumer.name));
  }

  #tellGap(gap: Gap | undefined): void {
    if (gap !== undefined) this.#listener.onEvent({ type: "gap", ...gap });
  }

  /** A message was handled, or is of no use any more. */
  handled(message: JetStreamMessage<T>): void {
    // One of them has it.
    this.#flow.onHandled(message);
    this.#othersFlow.onHandled(message);
    this.#backlog.remove(message);
  }

  /** Nobody handles it. */
  returned(message: JetStreamMessage<T>): void {
    this.#nak(message);
    this.#backlog.remove(message);
  }

  /** No more is wanted: what still comes goes back. */
  end(): void {
    this.#isOver = true;
    this.#backlog.end();
  }

  onSlow(): void {
    this.#listener.onEvent({ type: "slowConsumer" });
  }

  onSlowEnded(dropped: number, duration: number): void {
    this.#listener.onEvent({ type: "slowConsumerEnded", dropped, duration });
  }

  /** Where it takes acks; if that can't be sent it comes again when its ack wait is over. */
  #nak(message: JetStreamMessage<T>): void {
    try {
      if (message.isOpen) message.nak();
    } catch {
      // The connection is closed.
    }
  }

  // JS-09
  /** If it can't be sent the server asks again. */
  #answer(subject: string, last: Delivered | undefined): void {
    const { connection } = this.#consumer.context;
    try {
      if (last === undefined || !this.#acksByFlow) connection.publish(subject);
      else connection.publish(subject, undefined, { headers: handledUpTo(last) });
    } catch {
      // The connection is closed, or has no room.
    }
  }
}

// JS-CON-08
function handledUpTo({ seq, deliverySeq }: Delivered): Readonly<Record<string, string>> {
  return { "Nats-Last-Consumer": String(deliverySeq), "Nats-Last-Stream": String(seq) };
}
