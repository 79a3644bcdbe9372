import { expect, test } from "vitest";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { standIn } from "../../support/stand-in-stream.ts";

const access = useJetStream();

test("whoever waits for room goes on when a drain gives up, and is told by the next publish", async () => {
  const subject = unique("silent");
  await standIn(access.server, access.nc, subject, () => undefined);
  const publisher = access.js.publisher({ maxInFlight: 1, timeout: 100_000 });
  void publisher.publish(subject, "x");
  const ready = publisher.ready();
  expect(await publisher.drain({ timeout: 1 })).toMatchObject({ acked: 0, failed: 0, abandoned: 1 });
  await ready;
  expect(await failure(publisher.publish(subject, "x"))).toMatchObject({ code: "PUBLISHER_DRAINED" });
});
