import type { ConsumerInfo } from "../config/consumer-info.ts";
import { Unsettled } from "../consume/unsettled.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";

/** Deliveries that the server has sent and that have not come. */
export interface Gap {
  readonly count: number;
  /** The last sequence that came before it. */
  readonly afterSeq: number;
}

/** Which deliveries of a consumer have come. */
export class Deliveries {
  /** Undefined unless it is to be known where to go on. */
  readonly #unsettled: Unsettled | undefined;
  #isComplete = false;
  #last: JetStreamMessage | undefined;
  /** The number of the last delivery that has come, or whose loss was told. */
  #known = 0;

  constructor(remembersUnsettled: boolean) {
    this.#unsettled = remembersUnsettled ? new Unsettled() : undefined;
  }

  /** Deliveries are those of this consumer from now on, whose counts begin where it is. */
  onConsumer({ config, cluster }: ConsumerInfo, takesAcks: boolean): void {
    // A member of a group gets only a part of the deliveries. And with acks a replicated consumer counts messages before it sends them.
    const isAhead = takesAcks && (cluster?.replicas.length ?? 0) > 0;
    this.#isComplete = config.push?.deliverGroup === undefined && !isAhead;
    this.#last = undefined;
    this.#known = 0;
  }

  /** A delivery has come; returns what has got lost before it. */
  add(message: JetStreamMessage): Gap | undefined {
    const { deliverySeq } = message;
    // It was reset, or made anew under its name, and counts from one again.
    if (this.#last !== undefined && deliverySeq <= this.#last.deliverySeq) this.#known = 0;
    const gap = this.gapUpTo(deliverySeq - 1);
    this.#last = message;
    this.#known = Math.max(this.#known, deliverySeq);
    this.#unsettled?.add(message);
    return gap;
  }

  /** Where another consumer has to go on. */
  get resumeAt(): number | undefined {
    return this.#unsettled?.resumeAt;
  }

  // JS-11, JS-12
  /** The deliveries that got lost since this was last asked. A heartbeat, or the next message, tells which delivery was the last. */
  gapUpTo(lastDelivery: number | undefined): Gap | undefined {
    if (!this.#isComplete || this.#last === undefined || lastDelivery === undefined) return undefined;
    const count = lastDelivery - this.#known;
    if (count <= 0) return undefined;
    this.#known = lastDelivery;
    return { count, afterSeq: this.#last.seq };
  }
}
