import { expect, test } from "vitest";
import { EventLog } from "../../support/event-log.ts";
import { failure, thrown } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { makeStream } from "../../support/stream-for-publishing.ts";

const access = useJetStream();
const TOO_LONG = { code: "CONTROL_LINE_TOO_LONG" };

test("[JS-CTX-04] subjects that are too long for a line are refused, and cost no link", async () => {
  const { js, nc } = access;
  const log = new EventLog(nc);
  const stream = await makeStream(js, { allowBatched: true, allowAtomic: true });
  const long = stream.subject("a".repeat(4096));
  // The subject of the request has the filter in it.
  const config = { name: "c", filterSubjects: [long] };
  expect(await failure(js.consumers.create(stream.name, config))).toMatchObject(TOO_LONG);
  expect(await failure(js.publish(long, "x"))).toMatchObject({ ...TOO_LONG, subject: long });
  const publisher = js.publisher();
  expect(await failure(publisher.publish(long, "x"))).toMatchObject(TOO_LONG);
  expect(thrown(() => js.batch().publish(long, "x"))).toMatchObject(TOO_LONG);
  // With its reply subject, which tells the server what it is, there is room for less.
  const ingest = js.ingest();
  expect(thrown(() => ingest.publish(stream.subject("a".repeat(4045)), "x"))).toMatchObject(TOO_LONG);
  expect(await js.publish(stream.subject("a".repeat(4045)), "x")).toMatchObject({ seq: 1 });
  expect(log.types).toEqual([]);
});
