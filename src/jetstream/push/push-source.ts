import { slowConsumer } from "../../core/delivery/subscription-errors.ts";
import type { SubscriptionClosed } from "../../core/delivery/subscription-host.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { PushDelivery } from "../config/consumer-config.ts";
import type { ConsumeEvent } from "../consume/events.ts";
import { deadlinesOf } from "../consume/pull-facts.ts";
import type { MessageSource, SourceEnd, SourceListener } from "../consume/source.ts";
import type { JetStreamError } from "../errors.ts";
import { JetStreamMessage } from "../message/jetstream-message.ts";
import { notJetStream } from "../message/message-errors.ts";
import type { Control } from "./control-message.ts";
import { Deliveries } from "./deliveries.ts";
import { FlowControl } from "./flow-control.ts";
import { isPush } from "./is-push.ts";
import { Presence, type PresenceListener } from "./presence.ts";
import { type BacklogListener, PushBacklog } from "./push-backlog.ts";
import { alreadyBound, wrongKind } from "./push-errors.ts";
import { PushInlet, type PushInletListener } from "./push-inlet.ts";
import type { ResolvedPushOptions } from "./push-options.ts";
import type { PushedConsumer } from "./pushed-consumer.ts";
import { Silence } from "./silence.ts";

/**
 * seeking: whether the consumer is there and free is being asked. open: its messages come in, as far as it is there.
 * finishing: no more is wanted, and what is on its way comes in.
 */
type Phase = "seeking" | "open" | "finishing" | "ended";

const MOVES: Readonly<Record<Phase, readonly Phase[]>> = {
  seeking: ["open", "ended"],
  open: ["finishing", "ended"],
  finishing: ["ended"],
  ended: [],
};

/** An interest that has just ended is still seen by the server for a moment. */
const BOUND_CHECKS = 3;
const BOUND_PAUSE = 100;

// JS-PUSH-01
/** The messages that a push consumer sends. */
export class PushSource<T>
  implements MessageSource<JetStreamMessage<T>>, PresenceListener, PushInletListener, BacklogListener
{
  readonly #consumer: PushedConsumer;
  readonly #options: ResolvedPushOptions;
  readonly #backlog: PushBacklog;
  readonly #flow = new FlowControl((subject, last) => this.#answer(subject, last));
  readonly #silence = new Silence((count) => this.#onSilent(count));
  readonly #presence: Presence;
  readonly #deliveries: Deliveries;
  #deadlineOf: (message: JetStreamMessage, at: number) => number = never;
  /** What the server hears to be handled it takes for acked; what is dropped would never come again. */
  #acksByFlow = false;
  /** Undefined before it begins. */
  #listener: SourceListener<JetStreamMessage<T>> | undefined;
  #phase: Phase = "seeking";
  #inlet: PushInlet | undefined;
  #stopHearing: (() => void)[] = [];
  #boundChecks = 0;
  /** The next one that is found counts its deliveries from its own beginning. */
  #isOtherConsumer = true;
  #accepted = 0;
  /** Came when nobody wanted them any more. */
  #late = 0;

  constructor(consumer: PushedConsumer, options: ResolvedPushOptions) {
    this.#consumer = consumer;
    this.#options = options;
    this.#backlog = new PushBacklog(options.pending, this);
    this.#presence = new Presence(consumer, options.onMissing, this);
    this.#deliveries = new Deliveries(options.onMissing === "recreate");
  }

  start(listener: SourceListener<JetStreamMessage<T>>): void {
    this.#listener = listener;
    const { connection } = this.#consumer.context;
    this.#stopHearing = [
      connection.on("disconnected", () => this.#silence.stop()),
      connection.on("reconnected", () => this.#presence.check()),
    ];
    this.#presence.check();
  }

  taken(message: JetStreamMessage<T>): void {
    this.#flow.onHandled(message);
    this.#leave(message);
  }

  dropped(message: JetStreamMessage<T>): void {
    this.taken(message);
  }

  giveBack(message: JetStreamMessage<T>): void {
    returnToServer(message);
    this.#leave(message);
  }

  #leave(message: JetStreamMessage<T>): void {
    this.#backlog.remove(message);
    if (this.#phase === "ended") this.#deleteIfDone();
  }

  finish(): void {
    void this.#finish({ reason: "drained" });
  }

  async stop(): Promise<number> {
    this.#end({ reason: "stopped" });
    await this.#inlet?.close();
    return this.#late;
  }

  // ------------------------------------------------------------------ whether the consumer is there
  onThere(info: ConsumerInfo, fromSeq: number | undefined): void {
    const { config } = info;
    if (!isPush(config)) {
      this.#fail(wrongKind(info, "pull"));
      return;
    }
    if (this.#phase === "seeking" && info.pushBound && config.push.deliverGroup === undefined) {
      if (++this.#boundChecks > BOUND_CHECKS) this.#fail(alreadyBound(info));
      else this.#presence.checkIn(BOUND_PAUSE);
      return;
    }
    this.#deadlineOf = deadlinesOf(config);
    this.#acksByFlow = config.ackPolicy === "flow-control";
    if (this.#isOtherConsumer) this.#deliveries.onConsumer(info, this.#consumer.takesAcks);
    this.#isOtherConsumer = false;
    this.#listen(config.push);
    if (fromSeq !== undefined) this.#tell({ type: "reset", reason: "missing", consumer: info.name, fromSeq });
  }

  onMissing(error: JetStreamError): void {
    this.#silence.stop();
    this.#isOtherConsumer = true;
    this.#tell({ type: "missing", error });
  }

  onLost(error: NatsError): void {
    this.#fail(error);
  }

  resumeAt(): number | undefined {
    return this.#deliveries.resumeAt;
  }

  /** Subscribes, unless it has that subject already. */
  #listen(push: PushDelivery): void {
    if (this.#phase !== "seeking" && this.#phase !== "open") return;
    if (this.#inlet?.subject !== push.deliverSubject) {
      void this.#inlet?.close();
      try {
        this.#inlet = new PushInlet(this.#consumer.context.connection, push, this);
      } catch (thrown) {
        this.#fail(thrown as NatsError);
        return;
      }
    }
    this.#move("open");
    // The server sends each sign to one member of a group.
    this.#silence.start(push.deliverGroup === undefined ? (push.idleHeartbeat ?? Infinity) : Infinity);
  }

  #onSilent(count: number): void {
    this.#tell({ type: "heartbeatsMissed", count });
    this.#presence.check();
  }

  // ------------------------------------------------------------------ what comes in
  onMessage(received: Message): void {
    this.#silence.heard();
    const message = new JetStreamMessage<T>(received, this.#consumer);
    if (!message.isDelivery) {
      this.#consumer.context.connection.report(notJetStream(received));
      return;
    }
    if (this.#phase === "ended" || this.#accepted >= this.#options.stopAfter) {
      this.#late++;
      returnToServer(message);
      return;
    }
    this.#deliveries.add(message);
    if (!this.#backlog.add(message)) {
      const { limits } = this.#backlog;
      if (limits.onFull === "error" || this.#acksByFlow)
        this.#fail(slowConsumer(this.#inlet!.subject, limits));
      return;
    }
    this.#flow.onAccepted(message);
    this.#accepted++;
    this.#listener?.onMessage(message, this.#deadlineOf(message, performance.now()));
    if (this.#accepted >= this.#options.stopAfter) void this.#finish({ reason: "enough" });
  }

  onControl(control: Control): void {
    this.#silence.heard();
    switch (control.type) {
      case "heartbeat": {
        const gap = this.#deliveries.gapUpTo(control.lastDelivery);
        if (gap !== undefined) this.#tell({ type: "gap", ...gap });
        if (control.stalled !== undefined) this.#flow.onRequest(control.stalled);
        return;
      }
      case "flow-control":
        this.#flow.onRequest(control.reply);
        return;
      case "status":
        this.#tell(control);
    }
  }

  onSlow(): void {
    this.#tell({ type: "slowConsumer" });
  }

  onSlowEnded(dropped: number, duration: number): void {
    this.#tell({ type: "slowConsumerEnded", dropped, duration });
  }

  // JS-09
  /** If it can't be sent the server asks again. */
  #answer(subject: string, last: { readonly seq: number; readonly deliverySeq: number } | undefined): void {
    const { connection } = this.#consumer.context;
    try {
      if (last === undefined || !this.#acksByFlow) connection.publish(subject);
      else connection.publish(subject, undefined, { headers: handledUpTo(last) });
    } catch {
      // The connection is closed, or has no room.
    }
  }

  // ------------------------------------------------------------------ how it ends
  onClosed({ reason, error }: SubscriptionClosed): void {
    if (reason === "connection-closed") this.#end(error === undefined ? { reason } : { reason, error });
    else if (error !== undefined) this.#fail(error);
  }

  #fail(error: NatsError): void {
    const isClosed = isNatsError(error, "CONNECTION_CLOSED");
    this.#end({ reason: isClosed ? "connection-closed" : "failed", error });
  }

  async #finish(end: SourceEnd): Promise<void> {
    if (this.#phase === "seeking") this.#end(end);
    if (!this.#move("finishing")) return;
    this.#stopWatching();
    const isComplete = await this.#inlet!.close();
    this.#end(isComplete ? end : { ...end, isIncomplete: true });
  }

  #end(end: SourceEnd): void {
    if (!this.#move("ended")) return;
    this.#stopWatching();
    void this.#inlet?.close();
    this.#backlog.end();
    this.#listener?.onEnd(end);
    this.#deleteIfDone();
  }

  #stopWatching(): void {
    this.#presence.stop();
    this.#silence.stop();
    for (const stop of this.#stopHearing) stop();
    this.#stopHearing = [];
  }

  // JS-26
  /** What was made for this client alone is removed, once its messages can be acked no more. */
  #deleteIfDone(): void {
    if (this.#backlog.isEmpty) this.#consumer.deleteIfOwn();
  }

  #tell(event: ConsumeEvent): void {
    if (this.#phase !== "ended") this.#listener?.onEvent(event);
  }

  #move(to: Phase): boolean {
    if (!MOVES[this.#phase].includes(to)) return to === this.#phase && to === "open";
    this.#phase = to;
    return true;
  }
}

// JS-CON-08
function handledUpTo({ seq, deliverySeq }: { readonly seq: number; readonly deliverySeq: number }) {
  return { "Nats-Last-Consumer": String(deliverySeq), "Nats-Last-Stream": String(seq) };
}

function never(): number {
  return Infinity;
}

/** With a nak where it takes acks; if that can't be sent it comes again when its ack wait is over. */
function returnToServer(message: JetStreamMessage): void {
  try {
    if (message.isOpen) message.nak();
  } catch {
    // The connection is closed.
  }
}
