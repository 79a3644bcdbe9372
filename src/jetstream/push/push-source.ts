import type { PendingLimits } from "../../core/delivery/pending.ts";
import { slowConsumer } from "../../core/delivery/subscription-errors.ts";
import type { SubscriptionClosed } from "../../core/delivery/subscription-host.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { PushDelivery } from "../config/consumer-config.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { ConsumeEvent } from "../consume/events.ts";
import type { Source, SourceEnd, SourceListener } from "../consume/source.ts";
import type { JetStreamError } from "../errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { Control } from "./control-message.ts";
import { isPush } from "./is-push.ts";
import { Presence, type PresenceListener } from "./presence.ts";
import { alreadyBound, wrongKind } from "./push-errors.ts";
import { PushInlet, type PushInletListener } from "./push-inlet.ts";
import { PushIntake, type PushIntakeListener } from "./push-intake.ts";
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
/** The messages that a push consumer sends, for as long as it is there. */
export class PushSource<T>
  implements Source<JetStreamMessage<T>>, PresenceListener, PushInletListener, PushIntakeListener<T>
{
  readonly #consumer: PushedConsumer;
  readonly #intake: PushIntake<T>;
  readonly #presence: Presence;
  readonly #silence = new Silence((count) => this.#onSilent(count));
  /** Undefined before it begins. */
  #listener: SourceListener<JetStreamMessage<T>> | undefined;
  #phase: Phase = "seeking";
  #inlet: PushInlet | undefined;
  /** Settles when nothing more comes, after the end. */
  #gone: Promise<unknown> | undefined;
  #stopHearing: (() => void)[] = [];
  #boundChecks = 0;
  /** The next consumer that is found is not the one of before. */
  #isOtherConsumer = true;

  constructor(consumer: PushedConsumer, options: ResolvedPushOptions) {
    this.#consumer = consumer;
    this.#intake = new PushIntake(consumer, options, this);
    this.#presence = new Presence(consumer, options.onMissing, this);
  }

  get redelivers(): boolean {
    return this.#consumer.redelivers;
  }

  start(listener: SourceListener<JetStreamMessage<T>>): void {
    this.#listener = listener;
    const { foundation } = this.#consumer.context.connection;
    this.#stopHearing = [
      foundation.overhear("disconnected", () => this.#silence.stop()),
      foundation.overhear("reconnected", () => this.#presence.check()),
    ];
    this.#presence.check();
  }

  taken(message: JetStreamMessage<T>): void {
    this.#intake.handled(message);
    this.#deleteIfDone();
  }

  dropped(message: JetStreamMessage<T>): void {
    this.taken(message);
  }

  giveBack(message: JetStreamMessage<T>): void {
    this.#intake.returned(message);
    this.#deleteIfDone();
  }

  finish(): void {
    void this.#finish({ reason: "drained" });
  }

  async stop(): Promise<number> {
    this.#end({ reason: "stopped" });
    await this.#gone;
    return this.#intake.late;
  }

  /** It is there; whether it is free is the question before its messages come in. */
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
    this.#intake.onConsumer(info, config, this.#isOtherConsumer);
    this.#isOtherConsumer = false;
    this.#listen(config.push);
    if (fromSeq !== undefined) {
      this.onEvent({ type: "reset", reason: "missing", consumer: info.name, fromSeq });
    }
  }

  onMissing(error: JetStreamError): void {
    this.#silence.stop();
    this.#isOtherConsumer = true;
    this.onEvent({ type: "missing", error });
  }

  onLost(error: NatsError): void {
    this.#fail(error);
  }

  resumeAt(): number | undefined {
    return this.#intake.resumeAt;
  }

  /** Subscribes, unless it has that subject already. */
  #listen(push: PushDelivery): void {
    if (this.#phase !== "seeking" && this.#phase !== "open") return;
    if (this.#inlet?.subject !== push.deliverSubject) {
      void this.#inlet?.leave();
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
    this.onEvent({ type: "heartbeatsMissed", count });
    this.#presence.check();
  }

  onMessage(received: Message): void {
    this.#silence.heard();
    this.#intake.receive(received);
  }

  onControl(control: Control): void {
    this.#silence.heard();
    this.#intake.onControl(control);
  }

  onAccepted(message: JetStreamMessage<T>, deadline: number): void {
    this.#listener?.onMessage(message, deadline);
  }

  onEvent(event: ConsumeEvent): void {
    if (this.#phase !== "ended") this.#listener?.onEvent(event);
  }

  onEnough(): void {
    void this.#finish({ reason: "enough" });
  }

  onFull(limits: PendingLimits): void {
    this.#fail(slowConsumer(this.#inlet!.subject, limits));
  }

  /** The subscription has ended by itself. */
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
    this.#gone = this.#inlet?.leave();
    this.#intake.end();
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
  /** What was made for this client alone, and was read here, is removed once its messages can be acked no more. */
  #deleteIfDone(): void {
    if (this.#phase !== "ended" || this.#inlet === undefined) return;
    if (this.#intake.isEmpty) this.#consumer.deleteIfOwn();
  }

  #move(to: Phase): boolean {
    if (!MOVES[this.#phase].includes(to)) return false;
    this.#phase = to;
    return true;
  }
}
