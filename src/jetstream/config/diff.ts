import type { ConsumerConfig, PushConsumerConfig } from "./consumer-config.ts";
import { type StreamOfConsumer, withConsumerDefaults } from "./consumer-defaults.ts";
import { CONSUMER } from "./consumer-table.ts";
import { ownMetadata } from "./plain-kinds.ts";
import { PRIORITY } from "./priority-field.ts";
import { PUSH } from "./push-fields.ts";
import { textOf } from "./same.ts";
import type { StreamConfig } from "./stream-config.ts";
import { withStreamDefaults } from "./stream-defaults.ts";
import { STREAM } from "./stream-table.ts";
import type { Field } from "./table.ts";

/** A field that is to change; both values with what a server fills in. */
export interface Difference {
  /** Of parts of `push` and `priority` with a dot: `push.deliverSubject`. */
  readonly name: string;
  readonly from: unknown;
  readonly to: unknown;
}

type Fields = Readonly<Record<string, unknown>>;
type Config = ConsumerConfig | PushConsumerConfig;
type Fielded = Readonly<Record<string, Field>>;

// JS-CTX-11
/**
 * The changes that turn a stream like `have` into one like `want`. A field that `want` leaves out gets its default. It leaves fields
 * alone if the server decides their default, if it writes them itself, or if they aren't known here.
 */
export function diffStreamConfig(have: StreamConfig, want: StreamConfig): readonly Difference[] {
  const left = ["name", ...(want.mirrorDirect === undefined ? ["mirrorDirect"] : [])];
  return differences(STREAM, withStreamDefaults(have), withStreamDefaults(want), left);
}

/** As {@link diffStreamConfig}, for a consumer of `stream`. It leaves out a pause, which servers pass over in updates. */
export function diffConsumerConfig(
  have: Config,
  want: Config,
  stream: StreamOfConsumer,
): readonly Difference[] {
  const before = withConsumerDefaults(have, stream);
  const after = withConsumerDefaults(want, stream);
  const keepsSubject = want.push?.deliverSubject === undefined;
  return [
    ...differences(CONSUMER, before, after, ["name", "pauseUntil", "push", "priority"]),
    ...partDifferences("push", PUSH, before, after, keepsSubject ? ["deliverSubject"] : []),
    ...partDifferences("priority", PRIORITY, before, after, []),
  ];
}

/** Of a field with parts: each part, or the field if one side has none. */
function partDifferences(
  name: "push" | "priority",
  table: Fielded,
  have: Config,
  want: Config,
  left: readonly string[],
): readonly Difference[] {
  const from = (have as Pick<ConsumerConfig, "priority">)[name as "priority"];
  const to = (want as Pick<ConsumerConfig, "priority">)[name as "priority"];
  if (from === undefined && to === undefined) return [];
  if (from === undefined || to === undefined) return [{ name, from, to }];
  return differences(table, from, to, left).map((part) => ({ ...part, name: `${name}.${part.name}` }));
}

function differences(
  table: Fielded,
  have: object,
  want: object,
  left: readonly string[],
): readonly Difference[] {
  const found: Difference[] = [];
  for (const [name, field] of Object.entries(table)) {
    if (left.includes(name)) continue;
    const from = ownPart(name, (have as Fields)[name]);
    const to = ownPart(name, (want as Fields)[name]);
    if (wireText(field, name, from) !== wireText(field, name, to)) found.push({ name, from, to });
  }
  return found;
}

function ownPart(name: string, value: unknown): unknown {
  return name === "metadata" ? ownMetadata((value ?? {}) as Readonly<Record<string, string>>) : value;
}

/** How it travels: there one meaning has one spelling. What can't be written as it was read is compared as it is. */
function wireText(field: Field, name: string, value: unknown): string {
  if (value === undefined) return textOf(undefined, false);
  const isOrdered = name === "backoff";
  try {
    return textOf(field.write(value, name), isOrdered);
  } catch {
    return textOf(value, isOrdered);
  }
}
