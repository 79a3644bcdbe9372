import { expect, it } from "vitest";
import { superseded } from "../../../src/jetstream/consumer/superseded.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const server = useJetStream();
const { signal } = new AbortController();

/** A stream of subjects that are written in turn, so that all but the last of each have a successor. */
async function inTurn(subjects: readonly string[], count: number): Promise<string> {
  const name = unique("TURNS");
  await server.js.streams.create({ name, subjects: [`${name}.>`], storage: "memory" });
  await fill(server.nc, count, (n) => ({
    subject: `${name}.${subjects[(n - 1) % subjects.length]}`,
    data: "x",
  }));
  return name;
}

const consumers = (stream: string, count: number): Promise<string[]> =>
  eventually(async () => {
    const names = await all(server.js.consumers.names(stream));
    expect(names).toHaveLength(count);
    return names;
  });

it("[JS-PUSH-05] what has a successor is found from a place on, of the subjects that are asked for", async () => {
  const stream = await inTurn(["a.x", "b", "a.y"], 11);
  const find = (config: object, startSeq: number) =>
    superseded(server.js.context, stream, config, { startSeq }, signal);
  expect([...(await find({}, 1))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...(await find({ filterSubjects: [`${stream}.a.>`] }, 4))]).toEqual([4, 6, 7]);
  expect([...(await find({}, 100))]).toEqual([]);
  await consumers(stream, 0);
});

it("[JS-PUSH-05] nothing is looked up any more when nobody needs it, or the stream is gone", async () => {
  const stream = await inTurn(["a"], 10);
  const aborter = new AbortController();
  const given = superseded(server.js.context, stream, {}, { startSeq: 1 }, aborter.signal);
  aborter.abort();
  expect(await failure(given)).toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
  await consumers(stream, 0);
  await server.js.streams.delete(stream);
  const gone = superseded(server.js.context, stream, {}, { startSeq: 1 }, signal);
  expect(await failure(gone)).toMatchObject({ code: "STREAM_NOT_FOUND" });
});
