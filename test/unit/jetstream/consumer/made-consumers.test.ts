import { describe, expect, it } from "vitest";
import { TimeoutError } from "../../../../src/core/errors.ts";
import { MadeConsumers } from "../../../../src/jetstream/consumer/made-consumers.ts";
import { JetStreamError } from "../../../../src/jetstream/errors.ts";

interface Removal {
  readonly name: string;
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

/** The consumers, and the removals that were asked for, which the test answers. */
function made(): { readonly consumers: MadeConsumers; readonly removals: Removal[] } {
  const removals: Removal[] = [];
  const consumers = new MadeConsumers(
    (name) => new Promise<void>((succeed, fail) => removals.push({ name, succeed, fail })),
  );
  return { consumers, removals };
}

/** What is settled has been heard of. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const missing = new JetStreamError("CONSUMER_NOT_FOUND", "none", {});
const late = new TimeoutError("no answer", { sent: true });

describe("the consumers of a series", () => {
  it("[JS-PUSH-05] are removed again if the server did not find one that was being made", async () => {
    const { consumers, removals } = made();
    let answer!: () => void;
    const making = consumers.make("a", () => new Promise<void>((resolve) => (answer = resolve)));
    consumers.keepOnly(undefined);
    answer();
    await making;
    consumers.keepOnly(undefined);
    expect(removals).toHaveLength(1);
    removals[0]!.fail(missing);
    await turn();
    expect(removals.map(({ name }) => name)).toEqual(["a", "a"]);
    removals[1]!.fail(missing);
    await turn();
    consumers.keepOnly(undefined);
    expect(removals).toHaveLength(2);
  });

  it("[JS-PUSH-05] are removed until the server says so, also those of whose creation nothing was heard", async () => {
    const { consumers, removals } = made();
    await expect(consumers.make("a", () => Promise.reject(late))).rejects.toBe(late);
    consumers.keepOnly(undefined);
    removals[0]!.fail(late);
    await turn();
    consumers.keepOnly(undefined);
    removals[1]!.succeed();
    await turn();
    consumers.keepOnly(undefined);
    expect(removals).toHaveLength(2);
  });

  it("[JS-PUSH-05] are those that were made: what the server refused is not removed, nor the one to keep", async () => {
    const { consumers, removals } = made();
    const refusal = new JetStreamError("CONSUMER_EXISTS", "another's", { sent: true });
    await expect(consumers.make("a", () => Promise.reject(refusal))).rejects.toBe(refusal);
    await consumers.make("b", () => Promise.resolve());
    await consumers.make("c", () => Promise.resolve());
    consumers.keepOnly("c");
    expect(removals.map(({ name }) => name)).toEqual(["b"]);
  });
});
