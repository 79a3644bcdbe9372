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

/** The configuration with the defaults that a server fills in. */
export function withConsumerDefaults(given: Config, stream: StreamOfConsumer): Config {
  const config = withPushDefaults(given);
  const full = { ...PLAIN, ...(config.push === undefined ? PULL : {}), ...config };
  return {
    ...full,
    ...lasting(config, stream),
    ...acks(config, stream),
    ...pins(config),
    ...filters(config),
  } as Config;
}

/** How long it stays, and where. */
function lasting(
  { durable, inactiveThreshold, replicas }: Config,
  { consumerLimits, replicas: usual = 1 }: StreamOfConsumer,
): Partial<Config> {
  const own = durable === undefined ? INACTIVE_THRESHOLD : undefined;
  const threshold = inactiveThreshold ?? consumerLimits?.inactiveThreshold ?? own;
  return {
    replicas: replicas ?? usual,
    ...(threshold === undefined ? {} : { inactiveThreshold: threshold }),
  };
}

function acks(config: Config, { consumerLimits }: StreamOfConsumer): Partial<ConsumerConfig> {
  const {
    ackPolicy = "explicit",
    maxAckPending,
    backoff = [],
    ackWait = ACK_WAIT,
  } = config as ConsumerConfig;
  const own = ackPolicy === "none" ? undefined : MAX_ACK_PENDING;
  const pending = maxAckPending ?? consumerLimits?.maxAckPending ?? own;
  return {
    ...(pending === undefined ? {} : { maxAckPending: pending }),
    ...(ackPolicy === "explicit" || ackPolicy === "all" ? { ackWait: backoff[0] ?? ackWait } : {}),
  };
}

function pins(config: Config): Partial<ConsumerConfig> {
  const { priority } = config as ConsumerConfig;
  return priority?.policy === "pinned-client" ? { priority: { timeout: PIN_TIMEOUT, ...priority } } : {};
}

/** All subjects are no filter. */
function filters({ filterSubjects = [] }: Config): Partial<Config> {
  return filterSubjects.join() === ">" ? { filterSubjects: [] } : {};
}
