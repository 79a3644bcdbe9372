import { invalidConfig } from "./invalid-config.ts";
import type { ConsumerConfig, PushConsumerConfig } from "./consumer-config.ts";
import { checkConfiguredName } from "./names.ts";
import { checkApart, checkFilter, checkGroup, checkLiteral, covers } from "./subjects.ts";
import { checkTexts } from "./text-rules.ts";

type Config = ConsumerConfig | PushConsumerConfig;

/** What servers accept since they have these fields, and what they refuse: the rest depends on the stream and the server. */
export function checkConsumerRules(config: Config): void {
  if (config.durable !== undefined) checkConfiguredName(config.durable, "durable");
  if (config.name !== undefined) checkConfiguredName(config.name, "name");
  if (config.durable !== undefined && config.name !== undefined && config.name !== config.durable) {
    throw invalidConfig(
      "name",
      "it goes with consumers that are not durable: those have the name that durable says",
    );
  }
  checkTexts(config);
  for (const [i, filter] of (config.filterSubjects ?? []).entries())
    checkFilter(filter, `filterSubjects[${i}]`);
  checkApart(config.filterSubjects ?? [], "filterSubjects", covers);
  checkRedelivery(config);
  if (config.push === undefined) checkPull(config);
  else checkPush(config);
}

// JS-CON-09
function checkRedelivery(config: Config): void {
  const { backoff = [], ackWait, maxDeliver = Infinity } = config;
  if (backoff.length === 0) return;
  if (backoff.length > maxDeliver) {
    throw invalidConfig(
      "backoff",
      `it has ${backoff.length} delays, and there are only ${maxDeliver} deliveries`,
    );
  }
  if (ackWait !== undefined && ackWait !== backoff[0]) {
    throw invalidConfig(
      "ackWait",
      "backoff is in its place: its first delay is what the first delivery waits",
    );
  }
}

function checkPull(config: Config): void {
  if (config.ackPolicy === "flow-control")
    throw invalidConfig("ackPolicy", '"flow-control" is for push consumers');
  const priority = (config as ConsumerConfig).priority;
  if (priority !== undefined) checkPriority(priority);
}

// JS-CON-21..25
const GROUP = /^[\w/=-]{1,16}$/;

function checkPriority(priority: NonNullable<ConsumerConfig["priority"]>): void {
  if (priority.policy === undefined) throw invalidConfig("priority.policy", "it is needed");
  const groups = priority.groups ?? [];
  if (groups.length === 0) throw invalidConfig("priority.groups", "at least one is needed");
  for (const [i, group] of groups.entries()) {
    if (GROUP.test(group)) continue;
    throw invalidConfig(`priority.groups[${i}]`, "it must be 1 to 16 letters, digits, or any of - _ / =");
  }
  if (priority.policy !== "pinned-client" && "timeout" in priority && priority.timeout !== undefined) {
    throw invalidConfig("priority.timeout", 'it goes with policy: "pinned-client"');
  }
}

const ONLY_PULL = ["maxWaiting", "maxBatch", "maxExpires", "maxBytes", "priority"] as const;

// JS-PUSH-01..04
function checkPush(config: Config): void {
  const push = (config as PushConsumerConfig).push;
  for (const name of ONLY_PULL) {
    if ((config as ConsumerConfig)[name] === undefined) continue;
    throw invalidConfig(name, "it is for consumers that are asked for messages, and this one pushes");
  }
  if (push.deliverSubject !== undefined) checkLiteral(push.deliverSubject, "push.deliverSubject");
  if (push.deliverGroup !== undefined) checkGroup(push.deliverGroup, "push.deliverGroup");
  if (push.flowControl === true && push.idleHeartbeat === Infinity) {
    throw invalidConfig("push.flowControl", "it needs an idleHeartbeat");
  }
  if (config.ackPolicy === "none" && (config.maxAckPending ?? Infinity) !== Infinity) {
    throw invalidConfig("maxAckPending", 'ackPolicy: "none" has nothing to wait for');
  }
  if (config.ackPolicy === "flow-control") checkFlowControlAcks(config, push);
}

/** The one heartbeat that servers take with that ack policy. */
export const FLOW_CONTROL_HEARTBEAT = 1000;

// JS-CON-08
function checkFlowControlAcks(config: Config, push: PushConsumerConfig["push"]): void {
  if (push.flowControl === false)
    throw invalidConfig("push.flowControl", 'ackPolicy: "flow-control" needs it');
  if ((push.idleHeartbeat ?? FLOW_CONTROL_HEARTBEAT) !== FLOW_CONTROL_HEARTBEAT) {
    throw invalidConfig(
      "push.idleHeartbeat",
      `with ackPolicy: "flow-control" it is ${FLOW_CONTROL_HEARTBEAT}`,
    );
  }
  if ((config.maxAckPending ?? Infinity) === Infinity) {
    throw invalidConfig("maxAckPending", 'ackPolicy: "flow-control" needs it');
  }
  const { ackWait, backoff = [], maxDeliver = Infinity } = config as ConsumerConfig;
  if (ackWait !== undefined) throw invalidConfig("ackWait", 'ackPolicy: "flow-control" excludes it');
  if (backoff.length > 0) throw invalidConfig("backoff", 'ackPolicy: "flow-control" excludes it');
  if (maxDeliver !== Infinity) throw invalidConfig("maxDeliver", 'ackPolicy: "flow-control" excludes it');
}
