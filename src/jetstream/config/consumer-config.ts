import { checkConsumerRules, FLOW_CONTROL_HEARTBEAT } from "./consumer-rules.ts";
import { CONSUMER } from "./consumer-table.ts";
import { invalidConfig } from "./invalid-config.ts";
import type { Start } from "./start.ts";
import { readFields, writeFields } from "./table.ts";
import type { UnknownFields, WireFormat } from "./wire-format.ts";

/** What all consumers have. */
export interface ConsumerSettings {
  /** The name of a consumer that stays until it is deleted, or is unused for its `inactiveThreshold`. */
  readonly durable?: string;
  /** The name of a consumer that goes when it is unused. Without `durable` and `name` it gets a name here. */
  readonly name?: string;
  /** Up to 4096 bytes. */
  readonly description?: string;
  /** Where it begins. `last-per-subject` without filters is for all subjects. @default "all" */
  readonly deliverPolicy?: "all" | "last" | "new" | "last-per-subject" | Start; // JS-CON-07
  /** The subjects that it delivers; no filter may cover another one. @default all */
  readonly filterSubjects?: readonly string[]; // JS-CON-01, 18
  /** original: messages come at the pace at which they were stored. @default "instant" */
  readonly replayPolicy?: "instant" | "original"; // JS-CON-11
  /** Messages come without their payload; `size` still tells. */
  readonly headersOnly?: boolean; // JS-CON-14
  /** Milliseconds that it may be unused. @default 5000 without `durable` */
  readonly inactiveThreshold?: number; // JS-CON-16
  /** 1 to 5. @default the stream's */
  readonly replicas?: number; // JS-CON-17
  /** memory: its state needs no disk. @default the stream's */
  readonly storage?: "memory";
  /** The percentage of acks of which advisories tell, 0 to 100. */
  readonly sampleFrequency?: number; // JS-CON-13
  readonly pauseUntil?: Date; // JS-CON-20
  /** Texts by name, up to 128 KiB. Names that begin with `_nats` are the server's. */
  readonly metadata?: Readonly<Record<string, string>>; // JS-CON-19
  readonly unknown?: UnknownFields;
}

/** When a message that is not acked comes again. */
export interface Redelivery {
  /** Milliseconds until a message that is not acked comes again. @default 30000 */
  readonly ackWait?: number; // JS-CON-09, 10
  /** Milliseconds in place of `ackWait`, one for each delivery; the last one repeats. Not more of them than `maxDeliver`. */
  readonly backoff?: readonly number[];
  /** How often a message is delivered at most. @default Infinity */
  readonly maxDeliver?: number;
  /** The server stops when so many messages are delivered and not acked. @default 1000, unless the stream or server limits it */
  readonly maxAckPending?: number;
}
type NoRedelivery = { readonly [K in keyof Redelivery]?: never };

/** all: an ack covers all messages before it, too. @default "explicit" */
export type AckConfig =
  | ({ readonly ackPolicy?: "explicit" | "all" } & Redelivery)
  | ({ readonly ackPolicy: "none" } & NoRedelivery); // JS-CON-08

/** A pull consumer: clients ask it for messages. */
export type ConsumerConfig = ConsumerSettings &
  AckConfig & {
    /** How many pulls may wait. @default 512 */
    readonly maxWaiting?: number;
    /** How many messages one pull may ask for. @default no limit */
    readonly maxBatch?: number; // JS-CON-15
    /** Milliseconds that one pull may wait. @default no limit */
    readonly maxExpires?: number;
    /** How many bytes one pull may ask for. @default no limit */
    readonly maxBytes?: number;
    /** Which client is served. A client loses the pin after `timeout` milliseconds without a pull. @default timeout: 120000 */
    readonly priority?: // JS-CON-21..25
      | { readonly policy: "overflow" | "prioritized"; readonly groups: readonly string[] }
      | { readonly policy: "pinned-client"; readonly groups: readonly string[]; readonly timeout?: number };
    readonly push?: never;
  };

/** A push consumer: it sends messages to a subject. */
export type PushConsumerConfig = ConsumerSettings & { readonly push: PushDelivery } & (
    | AckConfig
    | ({ readonly ackPolicy: "flow-control"; readonly maxAckPending: number } & Omit<
        NoRedelivery,
        "maxAckPending"
      >)
  );

/** How a consumer pushes. */
export interface PushDelivery {
  /**
   * Where it sends to. Give it to this consumer alone: whoever listens gets what all of them send. Heartbeats don't say whose they
   * are: a gap is told with the next message then, no longer with a heartbeat.
   * @default a new inbox
   */
  readonly deliverSubject?: string; // JS-PUSH-01..04
  /** The queue group that shares the messages. */
  readonly deliverGroup?: string; // JS-CON-28
  /**
   * Milliseconds of silence after which the server sends a heartbeat, at least 100; `Infinity` for never.
   * @default 5000; 1000 with `ackPolicy: "flow-control"`; none with a group, for only one member would get it
   */
  readonly idleHeartbeat?: number;
  /** Whether the server waits for a slow client. @default true, unless there is a group or no heartbeat */
  readonly flowControl?: boolean;
  /** Bits per second. */
  readonly rateLimitBps?: number; // JS-CON-12
}

/** Fields that the JSON of a consumer always has, even with their defaults. */
const WRITTEN = {
  deliver_policy: "all",
  ack_policy: "explicit",
  replay_policy: "instant",
  num_replicas: 0,
} as const;
const DEFAULT_HEARTBEAT = 5000;

/**
 * The configuration of a consumer as JSON: what `nats consumer info --json` shows as its `config`, and what
 * `nats consumer add --config` takes. One that pushes needs its `deliverSubject` here.
 *
 * @example
 * ```ts
 * import { consumerConfig } from "natspeed/jetstream";
 *
 * console.log(JSON.stringify(consumerConfig.toWire({ durable: "worker", ackWait: 30_000, filterSubjects: ["orders.new"] })));
 * console.log(consumerConfig.fromWire({ durable_name: "worker", ack_policy: "explicit" }).durable);
 * ```
 */
export const consumerConfig: WireFormat<ConsumerConfig | PushConsumerConfig> = {
  toWire(config) {
    const fields = checkedFields(withPushDefaults(config));
    if (config.push !== undefined && config.push.deliverSubject === undefined) {
      throw invalidConfig("push.deliverSubject", "it is needed, unless the consumer is made here");
    }
    const wire: Record<string, unknown> = { ...WRITTEN, ...fields };
    // A server asks for a filter then, and says nothing of all subjects.
    if (wire["deliver_policy"] === "last_per_subject" && !hasFilter(wire)) wire["filter_subject"] = ">";
    return wire;
  },
  fromWire: (json) => withoutRepeats(readFields<ConsumerConfig | PushConsumerConfig>(CONSUMER, json)),
};

/** Throws `INVALID_CONFIG`, naming the field, for what no server takes; a deliver subject may still be missing. */
export function checkConsumerConfig(config: ConsumerConfig | PushConsumerConfig): void {
  checkedFields(config);
}

function checkedFields(config: ConsumerConfig | PushConsumerConfig): Record<string, unknown> {
  const fields = writeFields(CONSUMER, config);
  checkConsumerRules(config);
  return fields;
}

/** Of a consumer that pushes: with its defaults, which are other ones than the wire has. */
export function withPushDefaults<C extends ConsumerConfig | PushConsumerConfig>(config: C): C {
  const push: PushDelivery | undefined = config.push;
  // What is no object is told by the table.
  if (typeof push !== "object" || push === null) return config;
  const isOneOfGroup = push.deliverGroup !== undefined;
  const paced = config.ackPolicy === "flow-control";
  const usual = isOneOfGroup ? Infinity : DEFAULT_HEARTBEAT;
  const { idleHeartbeat = paced ? FLOW_CONTROL_HEARTBEAT : usual } = push;
  const { flowControl = paced || (!isOneOfGroup && idleHeartbeat !== Infinity) } = push;
  return { ...config, push: { ...push, idleHeartbeat, flowControl } };
}

function hasFilter(wire: Readonly<Record<string, unknown>>): boolean {
  const many = wire["filter_subjects"] as readonly string[] | undefined;
  return wire["filter_subject"] !== undefined || (many?.length ?? 0) > 0;
}

/** Without repetitions: servers write the first back-off as the ack wait too, and a durable's name as its name. */
function withoutRepeats(read: ConsumerConfig | PushConsumerConfig): ConsumerConfig | PushConsumerConfig {
  const config: { -readonly [K in keyof ConsumerConfig]: unknown } = { ...read };
  if (read.backoff !== undefined) delete config.ackWait;
  if (read.durable !== undefined && read.name === read.durable) delete config.name;
  if (read.deliverPolicy === "last-per-subject" && read.filterSubjects?.join() === ">")
    delete config.filterSubjects;
  return config as ConsumerConfig | PushConsumerConfig;
}
