import { describe, expect, it } from "vitest";
import { json } from "../../../src/index.ts";
import type { Stream } from "../../../src/jetstream/index.ts";
import { failure, thrown } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

async function filled(count: number, settings: object = {}, size = 8): Promise<Stream> {
  const name = unique("RANGE");
  const stream = await access.js.streams.create({
    name,
    subjects: [`${name}.*`],
    allowDirect: true,
    ...settings,
  });
  await fill(access.nc, count, (n) => ({
    subject: `${name}.${n % 2 === 0 ? "even" : "odd"}`,
    data: `${n}`.padEnd(size, "."),
    headers: n % 3 === 0 ? { "X-N": `${n}` } : {},
  }));
  return stream;
}

/** Whole numbers from `from` to `to`. */
function numbers(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, i) => from + i * step);
}

async function seqs(messages: AsyncIterable<{ readonly seq: number }>): Promise<number[]> {
  return (await all(messages)).map(({ seq }) => seq);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll(".", "");
}

describe("messages", () => {
  it("[JS-GET-02] [JS-PUSH-09] reads all that is stored, over as many pages as it takes", async () => {
    const stream = await filled(2345);
    const messages = await all(stream.messages());
    expect(messages.map(({ seq }) => seq)).toEqual(numbers(1, 2345));
    expect(messages[0]).toMatchObject({
      stream: stream.name,
      subject: `${stream.name}.odd`,
      seq: 1,
      pending: 2344,
    });
    expect(messages[2]?.headers?.toJSON()).toEqual({ "X-N": ["3"] });
    expect(messages[3]?.headers).toBeUndefined();
    expect(messages.at(-1)?.pending).toBe(0);
    expect(messages.at(-1)?.time.getTime()).toBeGreaterThan(0);
  });

  it("[JS-GET-02] reads a part: from a sequence or a time on, of some subjects, up to a number", async () => {
    const stream = await filled(30);
    expect(await seqs(stream.messages({ startSeq: 25 }))).toEqual(numbers(25, 30));
    expect(await seqs(stream.messages({ startSeq: 31 }))).toEqual([]);
    expect(await seqs(stream.messages({ filter: `${stream.name}.even` }))).toEqual(numbers(2, 30, 2));
    expect(await seqs(stream.messages({ filter: `${stream.name}.none` }))).toEqual([]);
    expect(
      await seqs(stream.messages({ filter: `${stream.name}.odd`, startSeq: 4, maxMessages: 3 })),
    ).toEqual([5, 7, 9]);
    expect(await seqs(stream.messages({ startTime: new Date(0), maxMessages: 2 }))).toEqual([1, 2]);
    expect(await seqs(stream.messages({ startTime: new Date(Date.now() + 60_000) }))).toEqual([]);
    expect(await seqs(stream.messages({ maxBytes: 17 }))).toEqual([1, 2, 3]);
    expect(await seqs(stream.messages({ maxBytes: 16 }))).toEqual([1, 2]);
  });

  it("[JS-GET-02] steps over what was deleted", async () => {
    const stream = await filled(10);
    for (const seq of [1, 4, 5, 10]) await stream.deleteMessage(seq);
    expect(await seqs(stream.messages())).toEqual([2, 3, 6, 7, 8, 9]);
    await stream.purge();
    expect(await seqs(stream.messages())).toEqual([]);
  });

  it("[JS-GET-04] reads large messages in pages that the bytes end", async () => {
    const stream = await filled(20, {}, 300_000);
    expect(await seqs(stream.messages())).toEqual(numbers(1, 20));
  });

  it("[JS-GET-04] ends with what there was when it began, though more is stored all the time", async () => {
    const stream = await filled(1500);
    const read: number[] = [];
    for await (const { seq } of stream.messages()) {
      read.push(seq);
      if (seq % 100 === 0) await access.nc.request(`${stream.name}.more`, "late");
    }
    expect(read).toEqual(numbers(1, 1500));
  });

  it("asks for the next page only when the last one was taken, and for none after the loop was left", async () => {
    const stream = await filled(3000);
    const requests: string[] = [];
    const tap = access.nc.subscribe(`$JS.API.DIRECT.GET.${stream.name}`, {
      callback: (m) => void requests.push(m.string()),
    });
    for await (const { seq } of stream.messages()) {
      if (seq === 1) await access.nc.flush();
      if (seq === 1000) expect(requests).toHaveLength(1);
      if (seq === 1500) break;
    }
    await access.nc.flush();
    await tap.drain();
    expect(requests).toHaveLength(2);
  });

  it("gives several who read at the same time a message each", async () => {
    const stream = await filled(5);
    const messages = stream.messages();
    const results = await Promise.all(Array.from({ length: 6 }, () => messages.next()));
    expect(results.map(({ value }) => value?.seq)).toEqual([1, 2, 3, 4, 5, undefined]);
    expect((await messages.next()).done).toBe(true);
  });

  it("reads values by a schema", async () => {
    const name = unique("VALUES");
    const stream = await access.js.streams.create({ name, subjects: [name], allowDirect: true });
    await fill(access.nc, 3, (n) => ({ subject: name, data: `{"n":${n}}` }));
    const typed = stream.typed(json<{ n: number }>());
    expect((await all(typed.messages())).map(({ value }) => value.n)).toEqual([1, 2, 3]);
  });

  it("[JS-GET-01] says that the stream must allow direct reads", async () => {
    const stream = await filled(3, { allowDirect: false });
    const reads: AsyncIterable<unknown>[] = [stream.messages(), stream.payloads(), stream.lastMessages(">")];
    for (const read of [...reads, stream.schedules()]) {
      const error = await failure(all(read));
      expect(error).toMatchObject({ code: "INVALID_CONFIG", argument: "allowDirect", stream: stream.name });
    }
  });

  it("refuses wrong options at once", () => {
    const stream = access.js.streams.bind("ANY");
    for (const options of [
      { startSeq: 0 },
      { startSeq: 1, startTime: new Date() },
      { startTime: "now" },
      { maxMessages: 0 },
      { maxBytes: -1 },
      { start_seq: 1 },
      { timeout: -1 },
    ]) {
      expect(thrown(() => stream.messages(options as never))).toMatchObject({ code: "INVALID_OPTION" });
      expect(thrown(() => stream.payloads(options as never))).toMatchObject({ code: "INVALID_OPTION" });
    }
    expect(thrown(() => stream.messages({ filter: "a..b" }))).toMatchObject({ code: "INVALID_SUBJECT" });
  });
});

describe("payloads", () => {
  it("[JS-GET-05] reads the payloads alone, over as many pages as it takes", async () => {
    const stream = await filled(2345);
    expect((await all(stream.payloads())).map(textOf)).toEqual(numbers(1, 2345).map(String));
  });

  it("[JS-GET-05] asks for no headers", async () => {
    const stream = await filled(5);
    const requests: unknown[] = [];
    const tap = access.nc.subscribe(`$JS.API.DIRECT.GET.${stream.name}`, {
      callback: (m) => void requests.push(m.json()),
    });
    await all(stream.payloads());
    await tap.drain();
    expect(requests.every((request) => (request as { no_hdr?: boolean }).no_hdr)).toBe(true);
    expect(requests.length).toBeGreaterThan(0);
  });

  it("[JS-GET-05] reads a part", async () => {
    const stream = await filled(1200);
    const read = async (options: object): Promise<string[]> =>
      (await all(stream.payloads(options))).map(textOf);
    expect(await read({ startSeq: 1195 })).toEqual(numbers(1195, 1200).map(String));
    expect(await read({ filter: `${stream.name}.even` })).toEqual(numbers(2, 1200, 2).map(String));
    expect(await read({ filter: `${stream.name}.none` })).toEqual([]);
    expect(await read({ maxMessages: 3 })).toEqual(["1", "2", "3"]);
    expect(await read({ maxBytes: 17 })).toEqual(["1", "2", "3"]);
  });

  it("[JS-GET-05] reads large ones, with headers that the server counts too", async () => {
    const stream = await filled(30, {}, 200_000);
    expect((await all(stream.payloads())).map(textOf)).toEqual(numbers(1, 30).map(String));
  });

  it("[JS-GET-05] reads all that there was, though more is stored all the time", async () => {
    const stream = await filled(1500);
    const read: string[] = [];
    for await (const payload of stream.payloads()) {
      read.push(textOf(payload));
      if (read.length % 50 === 0) access.nc.publish(`${stream.name}.more`, "late");
    }
    expect(read.slice(0, 1500)).toEqual(numbers(1, 1500).map(String));
  });
});

describe("lastMessages", () => {
  async function withSubjects(count: number): Promise<Stream> {
    const name = unique("LAST");
    const stream = await access.js.streams.create({ name, subjects: [`${name}.>`], allowDirect: true });
    await fill(access.nc, 2 * count, (n) => ({ subject: `${name}.${n % count}`, data: `${n}` }));
    return stream;
  }

  it("[JS-GET-03] reads the last message of each subject", async () => {
    const stream = await withSubjects(5);
    const messages = await all(stream.lastMessages(`${stream.name}.*`));
    expect(messages.map((m) => [m.subject, m.string(), m.pending])).toEqual(
      [6, 7, 8, 9, 10].map((n) => [`${stream.name}.${n % 5}`, `${n}`, 10 - n]),
    );
    const two = [`${stream.name}.1`, `${stream.name}.3`, `${stream.name}.none`];
    expect(await seqs(stream.lastMessages(two))).toEqual([6, 8]);
    expect(await seqs(stream.lastMessages(`${stream.name}.none`))).toEqual([]);
  });

  it("[JS-GET-03] reads them as they were", async () => {
    const stream = await withSubjects(5);
    expect(await seqs(stream.lastMessages(`${stream.name}.*`, { upTo: 7 }))).toEqual([3, 4, 5, 6, 7]);
    const later = new Date(Date.now() + 60_000);
    expect(await seqs(stream.lastMessages(`${stream.name}.*`, { upTo: later }))).toEqual([6, 7, 8, 9, 10]);
    expect(await seqs(stream.lastMessages(`${stream.name}.*`, { upTo: new Date(1000) }))).toEqual([]);
  });

  it("[JS-GET-03] reads up to 1,024 subjects, and says if there are more", async () => {
    const stream = await withSubjects(1024);
    expect(await all(stream.lastMessages(">"))).toHaveLength(1024);
    await access.nc.request(`${stream.name}.more`, "x");
    const error = await failure(all(stream.lastMessages(">")));
    expect(error).toMatchObject({ code: "TOO_MANY_SUBJECTS", stream: stream.name, status: 413 });
  });

  /** Five subjects with 1 MiB each, of which the stream keeps the last message: that is more than a page. */
  async function withLargeMessages(): Promise<Stream> {
    const name = unique("LARGE");
    const settings = { name, subjects: [`${name}.*`], allowDirect: true, maxMsgsPerSubject: 1 };
    const stream = await access.js.streams.create(settings);
    await fill(access.nc, 9, (n) => ({ subject: `${name}.${n}`, data: new Uint8Array(1_000_000) }));
    return stream;
  }

  it("[JS-GET-04] reads on up to the same moment", async () => {
    const stream = await withLargeMessages();
    const read: number[] = [];
    for await (const { seq } of stream.lastMessages(">")) {
      read.push(seq);
      if (read.length === 1) await access.nc.request(`${stream.name}.new`, "x");
    }
    expect(read).toEqual(numbers(1, 9));
  });

  it("[JS-GET-04] says that a message of that moment is gone, rather than leave it out", async () => {
    const stream = await withLargeMessages();
    const read = async (): Promise<void> => {
      for await (const { seq } of stream.lastMessages(">")) {
        if (seq === 1) await access.nc.request(`${stream.name}.8`, "newer");
      }
    };
    expect(await failure(read())).toMatchObject({
      code: "TOO_MANY_SUBJECTS",
      retryable: true,
      stream: stream.name,
    });
  });

  it("refuses wrong arguments at once", () => {
    const stream = access.js.streams.bind("ANY");
    expect(thrown(() => stream.lastMessages([]))).toMatchObject({ code: "INVALID_OPTION" });
    expect(thrown(() => stream.lastMessages(["a", 5 as never]))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(thrown(() => stream.lastMessages("a b"))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(thrown(() => stream.lastMessages("a", { upTo: 0 }))).toMatchObject({ code: "INVALID_OPTION" });
    expect(thrown(() => stream.lastMessages("a", { up_to_seq: 1 } as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });
});
