import { applyChanges } from "../config/changes.ts";
import type { ConsumerConfig, PushConsumerConfig, PushDelivery } from "../config/consumer-config.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { Changes } from "../config/wire-format.ts";
import { isPush } from "../push/is-push.ts";
import { notByUpdate, unchangeable } from "./consumer-errors.ts";

type AnyConfig = ConsumerConfig | PushConsumerConfig;

/**
 * The configuration with these changes. Parts of `push` that are not named stay. Throws `INVALID_CONFIG` if it would become another
 * consumer, or one of the other kind.
 */
export function changedConfig(info: ConsumerInfo, changes: Changes<AnyConfig>): AnyConfig {
  const { config } = info;
  const changed = applyChanges<AnyConfig>(config, changes);
  if (changes.pauseUntil !== undefined) throw notByUpdate(info, "pauseUntil", "pause() or resume() it");
  if ((changed.durable ?? changed.name ?? info.name) !== info.name) {
    throw unchangeable(info, changes.durable === undefined ? "name" : "durable");
  }
  if (isPush(changed) !== isPush(config)) throw unchangeable(info, "push");
  return isPush(changed)
    ? { ...changed, push: { ...(config.push as PushDelivery), ...changed.push } }
    : changed;
}
