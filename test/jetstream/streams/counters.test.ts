import { describe, expect, it } from "vitest";
import type { Stream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { all } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

async function made(settings: object = {}): Promise<Stream> {
  const name = unique("HITS");
  const subjects = { subjects: [`${name}.*`] };
  return await access.js.streams.create({
    name,
    allowDirect: true,
    allowMsgCounter: true,
    ...subjects,
    ...settings,
  });
}

describe("counters", () => {
  it("[JS-CTR-03] [JS-CTR-04] have exact values, of one subject or many", async () => {
    const stream = await made();
    const huge = 2n ** 80n;
    await access.js.publish(`${stream.name}.a`, undefined, { increment: 5 });
    await access.js.publish(`${stream.name}.a`, undefined, { increment: -7 });
    await access.js.publish(`${stream.name}.b`, undefined, { increment: huge });
    const [a] = await all(stream.counters(`${stream.name}.a`));
    expect(a).toEqual({ subject: `${stream.name}.a`, value: -2n, sources: {} });
    const values = (await all(stream.counters(`${stream.name}.*`))).map(({ value }) => value);
    expect(values).toEqual([-2n, huge]);
    expect(await all(stream.counters([`${stream.name}.none`]))).toEqual([]);
    expect(thrown(() => stream.counters([]))).toMatchObject({ code: "INVALID_OPTION" });
  });

  it("[JS-CTR-05] tell what came from where", async () => {
    const east = await made();
    const west = await made();
    const total = await access.js.streams.create({
      name: unique("TOTAL"),
      allowDirect: true,
      allowMsgCounter: true,
      sources: [east, west].map(({ name }) => ({
        name,
        subjectTransforms: [{ src: `${name}.*`, dest: "total.{{wildcard(1)}}" }],
      })),
    });
    await access.js.publish(`${east.name}.home`, undefined, { increment: 3 });
    await access.js.publish(`${west.name}.home`, undefined, { increment: 4 });
    const [counter] = await eventually(async () => {
      const counters = await all(total.counters("total.*"));
      expect(counters[0]?.value).toBe(7n);
      return counters;
    });
    expect(counter?.sources).toEqual({
      [east.name]: { [`${east.name}.home`]: 3n },
      [west.name]: { [`${west.name}.home`]: 4n },
    });
  });

  it("[JS-CTR-06] are told from what is none, and have their errors", async () => {
    const plain = await access.js.streams.create({
      name: unique("PLAIN"),
      subjects: ["plain.*"],
      allowDirect: true,
    });
    await access.js.publish("plain.a", "5");
    expect(await failure(all(plain.counters("plain.a")))).toMatchObject({
      code: "INVALID_RESPONSE",
      stream: plain.name,
      subject: "plain.a",
    });
    const disabled = await failure(access.js.publish("plain.a", undefined, { increment: 1 }));
    expect(disabled).toMatchObject({ errCode: 10_168 });
    const missing = await failure(access.js.publish(`${(await made()).name}.a`, undefined));
    expect(missing).toMatchObject({ errCode: 10_169 });
    expect(await failure(made({ retention: "interest" }))).toMatchObject({
      code: "INVALID_CONFIG",
      argument: "retention",
    });
  });
});
