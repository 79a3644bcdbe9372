import { describe, expect, it } from "vitest";
import type { Stream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream({ config: 'jetstream { domain: "hub" }' });

async function origin(count = 4): Promise<Stream> {
  const name = unique("ORIGIN");
  const stream = await access.js.streams.create({ name, subjects: [`${name}.*`], allowDirect: true });
  await fill(access.nc, count, (n) => ({ subject: `${name}.${n % 2 === 0 ? "even" : "odd"}`, data: `${n}` }));
  return stream;
}

/** Waits until the stream has so many messages. */
async function has(stream: Stream, messages: number): Promise<void> {
  await eventually(async () => expect((await stream.info()).state.messages).toBe(messages));
}

describe("mirrors", () => {
  it("[JS-STR-22] [JS-STR-45] copy a stream, and tell how far they are", async () => {
    const { name } = await origin();
    const mirror = await access.js.streams.create({
      name: unique("MIRROR"),
      mirror: { name },
      allowDirect: true,
    });
    await has(mirror, 4);
    const message = await mirror.get({ seq: 2 });
    expect(message).toMatchObject({ subject: `${name}.even`, seq: 2 });
    expect(message?.source).toBeUndefined();
    const info = await eventually(async () => {
      const told = await mirror.info();
      expect(told.mirror).toMatchObject({ name, lag: 0 });
      return told;
    });
    expect(info.mirror?.active).toBeGreaterThanOrEqual(0);
    expect(info.config.subjects).toBeUndefined();
  });

  it("[JS-STR-22] copy a part of it", async () => {
    const { name } = await origin();
    const part = await access.js.streams.create({
      name: unique("MIRROR"),
      mirror: { name, filterSubject: `${name}.even`, startSeq: 3 },
      allowDirect: true,
    });
    await has(part, 1);
    expect((await all(part.messages())).map((m) => m.string())).toEqual(["4"]);
  });

  it("[JS-STR-19] answer reads of their origin", async () => {
    const { name } = await origin();
    const mirror = await access.js.streams.create({
      name: unique("MIRROR"),
      mirror: { name },
      mirrorDirect: true,
    });
    expect((await mirror.info()).config.mirrorDirect).toBe(true);
    await has(mirror, 4);
    expect((await access.js.streams.bind(name).get({ seq: 4 }))?.string()).toBe("4");
  });

  it("[JS-STR-43] become streams of their own, and keep what they have", async () => {
    const { name } = await origin();
    const mirror = await access.js.streams.create({
      name: unique("MIRROR"),
      mirror: { name },
      mirrorDirect: true,
    });
    await has(mirror, 4);
    expect(await failure(access.js.streams.update(mirror.name, { mirror: { name: "OTHER" } }))).toMatchObject(
      {
        code: "INVALID_CONFIG",
        argument: "mirror",
      },
    );
    const { config } = await access.js.streams.update(mirror.name, {
      mirror: null,
      subjects: [`own.${name}`],
    });
    expect(config.mirror).toBeUndefined();
    expect(config.subjects).toEqual([`own.${name}`]);
    expect((await access.js.publish(`own.${name}`, "5")).seq).toBe(5);
    expect((await mirror.info()).state.messages).toBe(5);
  });
});

describe("sources", () => {
  it("[JS-STR-23] [JS-STR-26] [JS-STR-36] [JS-STR-45] bring messages of several streams, which tell where they come from", async () => {
    const one = await origin();
    const two = await origin(3);
    const stream = await access.js.streams.create({
      name: unique("SINK"),
      allowDirect: true,
      sources: [
        { name: one.name, filterSubject: `${one.name}.odd` },
        {
          name: two.name,
          subjectTransforms: [
            { src: `${two.name}.even`, dest: "straight" },
            { src: `${two.name}.odd`, dest: "strange" },
          ],
        },
      ],
    });
    await has(stream, 5);
    const messages = await all(stream.messages());
    expect(messages.map((m) => m.subject).sort()).toEqual(
      [`${one.name}.odd`, `${one.name}.odd`, "straight", "strange", "strange"].sort(),
    );
    const [straight] = messages.filter((m) => m.subject === "straight");
    expect(straight?.source).toMatchObject({ stream: two.name, seq: 2, subject: `${two.name}.even` });
    expect(straight?.source?.identity).toMatch(/^\S+$/);
    const { sources = [] } = await eventually(async () => {
      const info = await stream.info();
      expect(info.sources?.every(({ lag }) => lag === 0)).toBe(true);
      return info;
    });
    expect(sources.map(({ name }) => name).sort()).toEqual([one.name, two.name].sort());
    expect((await stream.info()).config.sources).toHaveLength(2);
  });

  it("[JS-STR-26] can't have a filter and transforms", async () => {
    const { name } = await origin(1);
    const source = {
      name,
      filterSubject: `${name}.odd`,
      subjectTransforms: [{ src: `${name}.even`, dest: "e" }],
    };
    const error = await failure(access.js.streams.create({ name: unique("SINK"), sources: [source] }));
    expect(error).toMatchObject({ code: "INVALID_CONFIG" });
  });

  it("[JS-STR-24] may be in another domain", async () => {
    const sources = [{ name: "FAR", external: { domain: "leaf" } }];
    const stream = await access.js.streams.create({ name: unique("SINK"), sources });
    const info = await stream.info();
    expect(info.config.sources).toEqual(sources);
    expect(info.sources?.[0]).toMatchObject({ name: "FAR", external: { domain: "leaf" } });
    expect(info.sources?.[0]?.active).toBeUndefined();
    expect(info.domain).toBe("hub");
  });

  it("[JS-STR-25] come by a consumer that is there", async () => {
    const { name } = await origin();
    const deliverSubject = unique("deliver");
    await access.js.context.api.request({
      subject: `CONSUMER.CREATE.${name}.bridge`,
      body: {
        stream_name: name,
        config: {
          name: "bridge",
          durable_name: "bridge",
          deliver_subject: deliverSubject,
          ack_policy: "flow_control",
          deliver_policy: "all",
          max_ack_pending: 100,
          flow_control: true,
          idle_heartbeat: 1_000_000_000,
        },
      },
    });
    const stream = await access.js.streams.create({
      name: unique("SINK"),
      allowDirect: true,
      sources: [{ name, consumer: { name: "bridge", deliverSubject } }],
    });
    await has(stream, 4);
    expect((await stream.info()).config.sources?.[0]?.consumer).toEqual({ name: "bridge", deliverSubject });
  });
});
