import { JetStreamError } from "../errors.ts";
import type { FailedConsumer } from "./pull-failure.ts";
import type { PullFacts } from "./pull-facts.ts";

/** What was asked for by name. */
interface AskedByName {
  readonly expires?: number;
  readonly capacity?: number;
  readonly capacityBytes?: number;
  readonly maxMessages?: number;
  readonly maxBytes?: number;
}

// JS-CON-15
/**
 * Throws `PULL_REFUSED` for an option that asks for more than the consumer allows to a pull. A default that would is lowered
 * instead, with a `limited` event.
 */
export function refuseExcess(consumer: FailedConsumer, asked: AskedByName): (facts: PullFacts) => void {
  return ({ limits: { maxBatch, maxBytes, maxExpires } }) => {
    const limits: Record<keyof AskedByName, readonly [limit: number, name: string]> = {
      capacity: [maxBatch, "maxBatch"],
      maxMessages: [maxBatch, "maxBatch"],
      capacityBytes: [maxBytes, "maxBytes"],
      maxBytes: [maxBytes, "maxBytes"],
      expires: [maxExpires, "maxExpires"],
    };
    for (const [argument, [limit, name]] of Object.entries(limits)) {
      const value = asked[argument as keyof AskedByName];
      if (value === undefined || value <= limit) continue;
      const text = `"${argument}" is ${value}, and a pull of the consumer "${consumer.name}" may ask for no more than its ${name}, ${limit}`;
      throw new JetStreamError("PULL_REFUSED", text, {
        stream: consumer.stream,
        consumer: consumer.name,
        argument,
      });
    }
  };
}
