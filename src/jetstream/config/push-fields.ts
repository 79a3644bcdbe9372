import type { PushDelivery } from "./consumer-config.ts";
import { durationLimit } from "./durations.ts";
import { count } from "./numbers.ts";
import { flag, text } from "./plain-kinds.ts";
import { type Field, field, readFields, type Table, type WireFields, writeFields } from "./table.ts";

export const PUSH: Table<PushDelivery> = {
  deliverSubject: field("deliver_subject", text),
  deliverGroup: field("deliver_group", text),
  idleHeartbeat: field("idle_heartbeat", durationLimit(100)),
  flowControl: field("flow_control", flag),
  rateLimitBps: field("rate_limit_bps", count(1)),
};

const WIRE = Object.entries(PUSH).flatMap(([name, { wire }]) =>
  Object.keys(wire).map((key) => [key, name] as const),
);

// JS-PUSH-01..04
/** The fields that only push consumers have, in one field. On the wire a deliver subject says that a consumer pushes. */
export const push: Field = {
  wire: Object.fromEntries(WIRE.map(([wire, name]) => [wire, `here it is "push.${name}"`])),
  write: (value, at) => writeFields(PUSH, value, at),
  read(json, within) {
    if (typeof json["deliver_subject"] !== "string" || json["deliver_subject"] === "") return undefined;
    const own: WireFields = Object.fromEntries(WIRE.map(([wire]) => [wire, json[wire]]));
    const read = readFields<PushDelivery>(PUSH, own, within.slice(0, -1));
    // What is left out on the wire is none, where here it is the default.
    return { ...read, idleHeartbeat: read.idleHeartbeat ?? Infinity, flowControl: read.flowControl ?? false };
  },
};
