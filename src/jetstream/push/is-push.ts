import type { ConsumerConfig, PushConsumerConfig } from "../config/consumer-config.ts";

/** Whether it sends to a subject. */
export function isPush(config: ConsumerConfig | PushConsumerConfig): config is PushConsumerConfig {
  return config.push !== undefined;
}
