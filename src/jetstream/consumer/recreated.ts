import { isNatsError } from "../../core/errors.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { PulledConsumer } from "../consume/pulled-consumer.ts";
import { ConsumerApi } from "./consumer-api.ts";

/**
 * Makes a consumer anew that is gone: under its name, by the configuration that its handle knows, to go on from `fromSeq`. On a work
 * queue it takes all: such a stream has only messages that are not done, and allows no other beginning.
 */
export async function recreated(
  consumer: PulledConsumer,
  fromSeq: number | undefined,
): Promise<ConsumerInfo> {
  const { cachedInfo } = consumer;
  // The handle does not know the configuration; but the consumer may have come back.
  if (cachedInfo === undefined) return await consumer.info();
  const { config } = cachedInfo;
  const resumed = fromSeq === undefined ? config : { ...config, deliverPolicy: { startSeq: fromSeq } };
  try {
    return await made(consumer, resumed);
  } catch (thrown) {
    const isRefused = isNatsError(thrown, "INVALID_CONFIG") && thrown.argument === "deliverPolicy";
    if (!isRefused || fromSeq === undefined) throw thrown;
    return await made(consumer, config);
  }
}

/** Another client may have been first. */
async function made(consumer: PulledConsumer, config: ConsumerInfo["config"]): Promise<ConsumerInfo> {
  try {
    return consumer.learn(await new ConsumerApi(consumer.context).write(consumer, config, "create", {}));
  } catch (thrown) {
    if (isNatsError(thrown, "CONSUMER_EXISTS")) return await consumer.info();
    throw thrown;
  }
}
