import { type ConsumerConfig, type PushConsumerConfig, withPushDefaults } from "./consumer-config.ts";
import type { StreamConfig } from "./stream-config.ts";

type Config = ConsumerConfig | PushConsumerConfig;

/** What a consumer takes from its stream. */
export type StreamOfConsumer = Pick<StreamConfig, "replicas" | "consumerLimits">;

const PLAIN = {
  description: "",
  deliverPolicy: "all",
  filterSubjects: [],
  replayPolicy: "instant",
  headersOnly: false,
  sampleFrequency: 0,
  ackPolicy: "explicit",
  backoff: [],
  maxDeliver: Infinity,
} as const;
const PULL = { maxWaiting: 512, maxBatch: Infinity, maxExpires: Infinity, maxBytes: Infinity } as const;

const ACK_WAIT = 30_000;
const MAX_ACK_PENDING = 1000;
const INACTIVE_THRESHOLD = 5000;
const PIN_TIMEOUT = 120_000;

/** With what a server makes of it. */
export function withConsumerDefaults(given: Config, stream: StreamOfConsumer): Config {
  const config = withPushDefaults(given);
  const full: Record<string, unknown> = { ...PLAIN, ...(config.push === undefined ? PULL : {}), ...config };
  const { consumerLimits = {}, replicas = 1 } = stream;
  const acks = config.ackPolicy ?? "explicit";
  full["replicas"] ??= replicas;
  full["inactiveThreshold"] ??=
    consumerLimits.inactiveThreshold ?? (config.durable === undefined ? INACTIVE_THRESHOLD : undefined);
  full["maxAckPending"] ??= consumerLimits.maxAckPending ?? (acks === "none" ? undefined : MAX_ACK_PENDING);
  if (acks === "explicit" || acks === "all")
    full["ackWait"] = config.backoff?.[0] ?? config.ackWait ?? ACK_WAIT;
  const priority = (config as ConsumerConfig).priority;
  if (priority?.policy === "pinned-client") full["priority"] = { timeout: PIN_TIMEOUT, ...priority };
  if (config.filterSubjects?.join() === ">") full["filterSubjects"] = [];
  return full as unknown as Config;
}
