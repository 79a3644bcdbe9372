import type { AnyConsumer } from "../consumer/any-consumer.ts";
import { JetStreamError } from "../errors.ts";

/** Throws `WRONG_CONSUMER_KIND` if an ack covers the messages before it: they may have failed, or be in work. */
export function refuseAckAll({ stream, name, config }: AnyConsumer): void {
  if (config?.ackPolicy !== "all") return;
  const text = `work() settles messages one by one, and an ack of the consumer "${name}" covers those before it: make it with ackPolicy "explicit"`;
  throw new JetStreamError("WRONG_CONSUMER_KIND", text, { stream, consumer: name });
}
