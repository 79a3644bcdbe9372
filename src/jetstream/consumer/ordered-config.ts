import { asGiven, aString, type Checks, checkOptions } from "../../core/checks.ts";
import {
  checkConsumerConfig,
  type ConsumerConfig,
  type ConsumerSettings,
} from "../config/consumer-config.ts";
import { checkConsumerName } from "../config/names.ts";

/** What an ordered consumer reads, and how. */
export interface OrderedConsumerConfig extends Pick<
  ConsumerSettings,
  "deliverPolicy" | "filterSubjects" | "replayPolicy" | "headersOnly" | "metadata"
> {
  /** Its consumers are called `prefix_1`, `prefix_2` … @default a unique one */
  readonly namePrefix?: string;
  /** Milliseconds that the server keeps its side without a reader. @default 300000 */
  readonly inactiveThreshold?: number;
}

/** What is as given is checked as the configuration that it becomes. */
const CHECKS: Checks<OrderedConsumerConfig> = {
  deliverPolicy: asGiven,
  filterSubjects: asGiven,
  replayPolicy: asGiven,
  headersOnly: asGiven,
  metadata: asGiven,
  inactiveThreshold: asGiven,
  namePrefix: (name, value) => checkConsumerName(aString(name, value), name),
};

const FORMER_NAMES = {
  name_prefix: '"namePrefix"',
  filter_subjects: '"filterSubjects"',
  deliver_policy: '"deliverPolicy"',
  opt_start_seq: "deliverPolicy: { startSeq }",
  opt_start_time: "deliverPolicy: { startTime }",
  replay_policy: '"replayPolicy"',
  headers_only: '"headersOnly"',
  inactive_threshold: '"inactiveThreshold", in milliseconds',
};

/** Milliseconds after which a server removes a consumer that nobody reads. */
export const INACTIVE_THRESHOLD = 300_000;

// JSS-11
/** Throws `INVALID_OPTION` for what an ordered consumer has not, and `INVALID_CONFIG`. */
export function checkOrdered(given: OrderedConsumerConfig): OrderedConsumerConfig {
  const config = checkOptions(given, CHECKS, undefined, FORMER_NAMES);
  checkConsumerConfig(orderedConfig(config, config.deliverPolicy ?? "all"));
  return config;
}

// JS-PUSH-05
/** The configuration of a consumer that serves it, from there on. */
export function orderedConfig(
  ordered: OrderedConsumerConfig,
  deliverPolicy: NonNullable<ConsumerSettings["deliverPolicy"]>,
): ConsumerConfig {
  const { namePrefix: _, inactiveThreshold = INACTIVE_THRESHOLD, ...config } = ordered;
  return {
    ...config,
    inactiveThreshold,
    deliverPolicy,
    ackPolicy: "none",
    storage: "memory",
    replicas: 1,
  };
}
