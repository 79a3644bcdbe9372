import type { ConsumerConfig } from "./consumer-config.ts";
import { duration } from "./durations.ts";
import { STRANGE } from "./kind.ts";
import { listOf, text, word } from "./plain-kinds.ts";
import { type Field, field, isPresent, readFields, type Table, writeFields } from "./table.ts";

type Priority = NonNullable<ConsumerConfig["priority"]>;

const policy = word({ overflow: "overflow", prioritized: "prioritized", "pinned-client": "pinned_client" });

export const PRIORITY: Table<Priority> = {
  policy: field("priority_policy", policy),
  groups: field("priority_groups", listOf(text)),
  timeout: field("priority_timeout", duration()),
};

// JS-CON-21..25
/** Which of several clients is served; on the wire that no policy is `none`, or left out. */
export const priority: Field = {
  wire: {
    priority_policy: 'here it is "priority.policy"',
    priority_groups: 'here it is "priority.groups"',
    priority_timeout: 'here it is "priority.timeout", in milliseconds',
  },
  write: (value, at) => writeFields(PRIORITY, value, at),
  read(json, within) {
    const { priority_policy, priority_groups, priority_timeout } = json;
    if (!isPresent(priority_policy) || priority_policy === "" || priority_policy === "none") return undefined;
    if (policy.read(priority_policy, `${within}priority_policy`) === STRANGE) return STRANGE;
    return readFields<Priority>(
      PRIORITY,
      { priority_policy, priority_groups, priority_timeout },
      within.slice(0, -1),
    );
  },
};
