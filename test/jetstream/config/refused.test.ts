import { beforeAll, describe, expect, it } from "vitest";
import { CONSUMER } from "../../../src/jetstream/config/consumer-table.ts";
import { STREAM } from "../../../src/jetstream/config/stream-table.ts";
import { writeFields } from "../../../src/jetstream/config/table.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { thrownBy } from "../../unit/support/thrown.ts";
import { REFUSED_CONSUMERS } from "../../unit/jetstream/config/refused-consumers.ts";
import { REFUSED_STREAMS } from "../../unit/jetstream/config/refused-streams.ts";

const jetStream = useJetStream();

beforeAll(async () => {
  await jetStream.js.streams.create({ name: "REFUSING", subjects: ["refusing.>"] });
});

/** What can be written down at all: the rest is no number, word or subject of its kind. */
const sendable = <T extends readonly [string, object, string]>(
  cases: readonly T[],
  table: typeof STREAM | typeof CONSUMER,
) => cases.filter(([, config]) => thrownBy(() => writeFields(table as never, config)) === undefined);

async function answerTo(
  subject: string,
  body: object,
): Promise<{ readonly error?: { readonly description: string } }> {
  return (await jetStream.nc.request(subject, JSON.stringify(body), { timeout: 5000 })).json();
}

/** What the server takes, and then does otherwise than it was told, or passes over. */
const TAKEN: readonly string[] = [
  "[JS-STR-23] two starts",
  "[JS-STR-24] nothing in external",
  "[JS-STR-24] a domain with a dot",
  "[JS-STR-24] a domain and a prefix",
  "[JS-STR-29] markers without purging",
  "[JS-STR-21] a republish to nowhere",
  "[JS-CON-18] an empty filter",
  "[JS-CON-09] a back-off and an ack wait",
  "[JS-CON-22] a timeout without a pin",
  "[JS-CON-08] acks by flow control without a limit",
  "[JS-CON-08] acks by flow control without it",
  "[JS-CON-08] acks by flow control with another heartbeat",
  "[JS-PUSH-01] a push to nowhere",
  "[JS-CON-28] a group with a space",
  "[JS-CON-28] a group without a name",
  "[JS-CON-15] limits of pulls of a push consumer",
  "[JS-CON-15] expiry of pulls of a push consumer",
  "[JS-CON-15] bytes of pulls of a push consumer",
];

const isName = ([, , argument]: readonly [string, object, string]) =>
  argument === "name" || argument === "durable";

describe("what is refused before it is sent, the server refuses too", () => {
  // A name that is none makes no subject of the API either.
  const streams = sendable(REFUSED_STREAMS, STREAM).filter((each) => !isName(each));
  it.each(streams)("of streams: %s", async (title, config) => {
    const name = unique("S");
    const { error } = await answerTo(
      `$JS.API.STREAM.CREATE.${name}`,
      writeFields(STREAM, { name, ...config }),
    );
    expect(error === undefined).toBe(TAKEN.includes(title));
  });

  const consumers = sendable(REFUSED_CONSUMERS, CONSUMER).filter((each) => !isName(each));
  it.each(consumers)("of consumers: %s", async (title, config) => {
    const fields = writeFields(CONSUMER, { ackPolicy: "explicit", durable: unique("C"), ...config });
    const subject = `$JS.API.CONSUMER.CREATE.REFUSING.${String(fields["durable_name"])}`;
    const { error } = await answerTo(subject, { stream_name: "REFUSING", config: fields });
    expect(error === undefined).toBe(TAKEN.includes(title));
  });
});
