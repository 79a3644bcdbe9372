import { describe, expect, test } from "vitest";
import * as z from "zod";
import { isNatsError, type NatsError } from "../../../src/index.ts";
import { failure, thrown } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { makeStream } from "../../support/stream-for-publishing.ts";

const access = useJetStream();

const Payment = z.object({ amount: z.number().positive() });

/** Text in capitals. */
const shouting = {
  encode: (value: string) => value.toUpperCase(),
  decode: (data: Uint8Array) => new TextDecoder().decode(data),
};

const WRONG = { amount: -1 };

describe("values", () => {
  test("[JS-PUB-01] are written by a schema, one at a time and in a window", async () => {
    const stream = await makeStream(access.js);
    await access.js.publish(stream.subject("a"), { amount: 5 }, { schema: Payment });
    await using publisher = access.js.publisher();
    await publisher.publish(stream.subject("a"), "quiet", { schema: shouting, msgId: "m" });
    expect([await stream.text(1), await stream.text(2)]).toEqual(['{"amount":5}', "QUIET"]);
  });

  test("[JS-BATCH-01] [JS-FAST-01] are written by a schema, in a batch and in an ingest", async () => {
    const stream = await makeStream(access.js, { allowAtomic: true, allowBatched: true });
    const batch = access.js.batch();
    batch.publish(stream.subject("a"), { amount: 5 }, { schema: Payment });
    await batch.commit();
    await using ingest = access.js.ingest();
    ingest.publish(stream.subject("a"), "quiet", { schema: shouting });
    await ingest.commit();
    expect([await stream.text(1), await stream.text(2)]).toEqual(['{"amount":5}', "QUIET"]);
  });

  test("[JS-PUB-01] that are invalid are refused before anything is sent", async () => {
    const stream = await makeStream(access.js, { allowAtomic: true, allowBatched: true });
    const subject = stream.subject("a");
    const expectInvalid = (error: NatsError): void => {
      expect(isNatsError(error, "INVALID_VALUE")).toBe(true);
      expect(error).toMatchObject({ subject, issues: [expect.objectContaining({ path: ["amount"] })] });
    };
    const options = { schema: Payment };
    expectInvalid(await failure(access.js.publish(subject, WRONG, options)));
    const publisher = access.js.publisher();
    expectInvalid(await failure(publisher.publish(subject, WRONG, options)));
    expectInvalid(thrown(() => access.js.batch().publish(subject, WRONG, options)));
    expectInvalid(thrown(() => access.js.ingest().publish(subject, WRONG, options)));
    expect(await stream.messages()).toBe(0);
    expect(await publisher.drain()).toMatchObject({ failed: 1 });
  });
});
