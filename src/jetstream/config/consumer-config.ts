import type { Start } from "./start.ts";
import type { UnknownFields } from "./wire-format.ts";

export interface ConsumerSettings {
  /** The name of one that stays until it is deleted, or unused for its `inactiveThreshold`. */
  readonly durable?: string;
  /** The name of one that goes when unused; without either, one is made up. */
  readonly name?: string;
  readonly description?: string;
  /** Where it begins; `last-per-subject` without filters takes all subjects. @default "all" */
  readonly deliverPolicy?: "all" | "last" | "new" | "last-per-subject" | Start; // JS-CON-07
  readonly filterSubjects?: readonly string[]; // JS-CON-01, 18
  /** original: in the rhythm in which they were stored. @default "instant" */
  readonly replayPolicy?: "instant" | "original"; // JS-CON-11
  /** Messages come without their payload; `size` still tells. */
  readonly headersOnly?: boolean; // JS-CON-14
  /** Milliseconds that it may be unused. @default 5000 without `durable` */
  readonly inactiveThreshold?: number; // JS-CON-16
  /** @default the stream's */ readonly replicas?: number; // JS-CON-17
  /** memory: its state needs no disk. @default the stream's */
  readonly storage?: "memory";
  /** Percent of acks that are measured and told as advisories. */
  readonly sampleFrequency?: number; // JS-CON-13
  readonly pauseUntil?: Date; // JS-CON-20
  readonly metadata?: Readonly<Record<string, string>>; // JS-CON-19
  readonly unknown?: UnknownFields;
}
export interface Redelivery {
  // JS-CON-09, 10
  /** Milliseconds until a message that is not acked comes again. @default 30000 */
  readonly ackWait?: number;
  /** Milliseconds in place of `ackWait`, one for each delivery; the last one repeats. */
  readonly backoff?: readonly number[];
  /** How often a message is delivered at most. @default Infinity */
  readonly maxDeliver?: number;
  /** Messages delivered and not acked at which the server stops. @default 1000 */
  readonly maxAckPending?: number;
}
type NoRedelivery = { readonly [K in keyof Redelivery]?: never };
/** all: an ack covers those before it. @default "explicit" */
export type AckConfig = // JS-CON-08
  | ({ readonly ackPolicy?: "explicit" | "all" } & Redelivery)
  | ({ readonly ackPolicy: "none" } & NoRedelivery);
/** A consumer that is asked for messages. */
export type ConsumerConfig = ConsumerSettings &
  AckConfig & {
    /** How many pulls may wait. @default 512 */
    readonly maxWaiting?: number;
    /** What one pull may ask for. */
    readonly maxBatch?: number;
    readonly maxExpires?: number;
    readonly maxBytes?: number; // JS-CON-15
    /** Which of several clients is served. A pin is lost after `timeout` milliseconds without a pull. @default timeout: 120000 */
    readonly priority?: // JS-CON-21..25
      | { readonly policy: "overflow" | "prioritized"; readonly groups: readonly string[] }
      | { readonly policy: "pinned-client"; readonly groups: readonly string[]; readonly timeout?: number };
    readonly push?: never;
  };
/** A consumer that sends to a subject. */
export type PushConsumerConfig = ConsumerSettings & { readonly push: PushDelivery } & (
    | AckConfig
    | ({ readonly ackPolicy: "flow-control"; readonly maxAckPending: number } & Omit<
        NoRedelivery,
        "maxAckPending"
      >)
  );
export interface PushDelivery {
  // JS-PUSH-01..04
  /** @default a new inbox */ readonly deliverSubject?: string;
  /** The queue group that shares the messages. */
  readonly deliverGroup?: string; // JS-CON-28
  /** Milliseconds of silence after which the server gives a sign, at least 100. @default 5000 */
  readonly idleHeartbeat?: number;
  /** Whether the server waits for a slow client. @default true, unless there is a group */
  readonly flowControl?: boolean;
  /** Bits per second. */
  readonly rateLimitBps?: number; // JS-CON-12
}
