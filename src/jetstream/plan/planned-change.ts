import { diffConsumerConfig, type Difference, diffStreamConfig } from "../config/diff.ts";
import type { ConsumerConfig, PushConsumerConfig } from "../config/consumer-config.ts";
import type { StreamConfig } from "../config/stream-config.ts";
import type { WantedConsumer } from "./assets.ts";
import { reasonOfConsumer, reasonOfStream, withoutOtherKind } from "./unchangeable.ts";

/** A change of one stream or consumer. */
export interface PlannedChange {
  /** impossible: a field can't be changed, for its `reason`. */
  readonly action: "create" | "update" | "impossible";
  readonly stream: string;
  /** Undefined for the stream itself. */
  readonly consumer?: string;
  /** All fields that are given, for "create"; else the fields that differ, with what servers fill in. */
  readonly fields: readonly PlannedField[];
}

/** A field that differs, both values with what a server fills in; `reason`: why it can't be changed. */
export interface PlannedField {
  readonly name: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly reason?: string;
}

/** Undefined if there is nothing to do. */
export function streamChange(have: StreamConfig | undefined, want: StreamConfig): PlannedChange | undefined {
  if (have === undefined) return creation({ stream: want.name }, want, sealedReason);
  return update({ stream: want.name }, diffStreamConfig(have, want), reasonOfStream);
}

/** As {@link streamChange}, for a consumer of `stream`. */
export function consumerChange(
  have: ConsumerConfig | PushConsumerConfig | undefined,
  { stream, name: consumer, config }: WantedConsumer,
  configOfStream: StreamConfig,
): PlannedChange | undefined {
  if (have === undefined) return creation({ stream, consumer }, config, () => undefined);
  const differences = diffConsumerConfig(have, config, configOfStream);
  return update({ stream, consumer }, withoutOtherKind(differences, config), reasonOfConsumer);
}

type Asset = Pick<PlannedChange, "stream" | "consumer">;
type Reason = (difference: Difference) => string | undefined;

function creation(asset: Asset, config: object, reason: Reason): PlannedChange {
  const given = Object.entries(config).filter(([, to]) => to !== undefined);
  const fields = given.map(([name, to]) => withReason({ name, from: undefined, to }, reason));
  return { action: isPossible(fields) ? "create" : "impossible", ...asset, fields };
}

function update(asset: Asset, differences: readonly Difference[], reason: Reason): PlannedChange | undefined {
  if (differences.length === 0) return undefined;
  const fields = differences.map((difference) => withReason(difference, reason));
  return { action: isPossible(fields) ? "update" : "impossible", ...asset, fields };
}

function withReason(difference: Difference, reason: Reason): PlannedField {
  const why = reason(difference);
  return why === undefined ? difference : { ...difference, reason: why };
}

function isPossible(fields: readonly PlannedField[]): boolean {
  return fields.every((field) => field.reason === undefined);
}

/** JS-STR-18 */
const sealedReason: Reason = ({ name, to }) =>
  name === "sealed" && to === true
    ? "a stream can't be made sealed: there would be nothing in it"
    : undefined;
