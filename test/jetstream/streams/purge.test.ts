import { describe, expect, it } from "vitest";
import type { Stream } from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

/** A stream with the messages 1 to 10, on the subjects `.even` and `.odd`. */
async function tenMessages(settings: object = {}): Promise<Stream> {
  const name = unique("PURGED");
  const stream = await access.js.streams.create({
    name,
    subjects: [`${name}.*`],
    allowDirect: true,
    ...settings,
  });
  await fill(access.nc, 10, (n) => ({ subject: `${name}.${n % 2 === 0 ? "even" : "odd"}`, data: `${n}` }));
  return stream;
}

async function left(stream: Stream): Promise<number[]> {
  return (await all(stream.messages())).map(({ seq }) => seq);
}

describe("purge", () => {
  it("[JS-STR-04] removes all", async () => {
    const stream = await tenMessages();
    expect(await stream.purge()).toBe(10);
    expect(await left(stream)).toEqual([]);
    expect((await stream.info()).state).toMatchObject({ messages: 0, firstSeq: 11, lastSeq: 10 });
    expect(await stream.purge()).toBe(0);
  });

  it("[JS-STR-04] removes those below a sequence; below the first there is nothing", async () => {
    const stream = await tenMessages();
    expect(await stream.purge({ seq: 1 })).toBe(0);
    expect(await stream.purge({ seq: 8 })).toBe(7);
    expect(await left(stream)).toEqual([8, 9, 10]);
  });

  it("[JS-STR-04] keeps the last ones", async () => {
    const stream = await tenMessages();
    expect(await stream.purge({ keep: 3 })).toBe(7);
    expect(await left(stream)).toEqual([8, 9, 10]);
    expect(await stream.purge({ keep: 0 })).toBe(3);
  });

  it("[JS-STR-04] removes those of a subject, all or some", async () => {
    const stream = await tenMessages();
    const filter = `${stream.name}.even`;
    expect(await stream.purge({ filter, seq: 5 })).toBe(2);
    expect(await left(stream)).toEqual([1, 3, 5, 6, 7, 8, 9, 10]);
    expect(await stream.purge({ filter, keep: 1 })).toBe(2);
    expect(await left(stream)).toEqual([1, 3, 5, 7, 9, 10]);
    expect(await stream.purge({ filter })).toBe(1);
    expect(await left(stream)).toEqual([1, 3, 5, 7, 9]);
  });

  it("[JS-STR-04] takes a sequence or a number to keep, not both", async () => {
    const stream = access.js.streams.bind("ANY");
    expect(await failure(stream.purge({ seq: 3, keep: 1 } as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
    expect(await failure(stream.purge({ keep: -1 }))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "keep",
    });
    expect(await failure(stream.purge({ seq: 1.5 }))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "seq",
    });
    expect(await failure(stream.purge({ filter: "a b" }))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(await failure(stream.purge({ subject: "a" } as never))).toMatchObject({ code: "INVALID_OPTION" });
  });

  it("[JS-STR-18] is refused where the stream denies it", async () => {
    const stream = await tenMessages({ denyPurge: true, denyDelete: true });
    expect(await failure(stream.purge())).toMatchObject({ code: "API_ERROR", stream: stream.name });
    expect(await failure(stream.deleteMessage(1))).toMatchObject({ code: "API_ERROR", stream: stream.name });
    expect((await stream.info()).state.messages).toBe(10);
  });
});

describe("deleteMessage", () => {
  it("[JS-STR-10] removes one message, and overwrites it unless told otherwise", async () => {
    const stream = await tenMessages();
    const heard: string[] = [];
    const calls = access.nc.subscribe("$JS.EVENT.ADVISORY.API", {
      callback: (m) => void heard.push(m.string()),
    });
    await stream.deleteMessage(4);
    await stream.deleteMessage(5, { erase: false });
    expect(await stream.get({ seq: 4 })).toBeUndefined();
    expect(await stream.get({ seq: 5 })).toBeUndefined();
    expect(await left(stream)).toEqual([1, 2, 3, 6, 7, 8, 9, 10]);
    await access.nc.flush();
    await calls.drain();
    const bodies = heard.map((text) => (JSON.parse(text) as { request?: string }).request);
    expect(bodies).toContain('{"seq":4}');
    expect(bodies).toContain('{"seq":5,"no_erase":true}');
  });

  it("[JS-STR-10] says that there is no such message", async () => {
    const stream = await tenMessages();
    expect(await failure(stream.deleteMessage(99))).toMatchObject({ code: "API_ERROR", stream: stream.name });
    expect(await failure(stream.deleteMessage(0))).toMatchObject({ code: "INVALID_OPTION", argument: "seq" });
    const options = { no_erase: true } as never;
    expect(await failure(stream.deleteMessage(1, options))).toMatchObject({ code: "INVALID_OPTION" });
  });
});
