import type { ConsumerConfig, PushConsumerConfig } from "./consumer-config.ts";
import type { StreamConfig, StreamSource } from "./stream-config.ts";

/** The JetStream API levels of nats-server 2.11, 2.12 and 2.14. */
const V2_11 = 1;
const V2_12 = 2;
const V2_14 = 4;

// JS-CTX-06
/**
 * The JetStream API level that knows all that a configuration asks for; undefined for what every server knows. An older one
 * may pass over what it doesn't know, and make something else.
 */
export function levelOfStream(config: StreamConfig): number | undefined {
  return highest([
    [V2_11, config.allowMsgTtl === true || config.subjectDeleteMarkerTtl !== undefined],
    [
      V2_12,
      config.allowMsgCounter === true || config.allowAtomic === true || config.allowMsgSchedules === true,
    ],
    [V2_12, config.persistMode === "async"],
    [V2_14, config.allowBatched === true || origins(config).some(({ consumer }) => consumer !== undefined)],
  ]);
}

/** As {@link levelOfStream}. */
export function levelOfConsumer(config: ConsumerConfig | PushConsumerConfig): number | undefined {
  const { priority } = config as ConsumerConfig;
  return highest([
    [V2_11, config.pauseUntil !== undefined || priority !== undefined],
    [V2_12, priority?.policy === "prioritized"],
    [V2_14, config.ackPolicy === "flow-control"],
  ]);
}

function origins({ mirror, sources = [] }: StreamConfig): readonly StreamSource[] {
  return mirror === undefined ? sources : [mirror];
}

function highest(needs: readonly (readonly [level: number, isNeeded: boolean])[]): number | undefined {
  return needs.findLast(([, isNeeded]) => isNeeded)?.[0];
}
