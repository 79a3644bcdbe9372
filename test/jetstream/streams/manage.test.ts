import { describe, expect, it } from "vitest";
import { failure, thrown } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

describe("making and changing streams", () => {
  it("[JS-STR-01] makes a stream, and is content with an equal one", async () => {
    const name = unique("MADE");
    const config = { name, subjects: [`${name}.>`], maxMsgs: 10 };
    const stream = await access.js.streams.create(config);
    expect(stream.name).toBe(name);
    expect(stream.cachedInfo?.config).toMatchObject(config);
    expect((await access.js.streams.create(config)).name).toBe(name);
  });

  it("[JS-STR-01] gives the stream there is whose subjects have another order, and no other", async () => {
    const name = unique("ORDER");
    const subjects = [`${name}.a`, `${name}.b`, `${name}.c`];
    await access.js.streams.create({ name, subjects, maxMsgs: 10 });
    const reordered = { name, subjects: subjects.toReversed(), maxMsgs: 10 };
    const again = await access.js.streams.create(reordered);
    expect(again.cachedInfo?.config.subjects).toEqual(subjects);
    const different = [
      { ...reordered, maxMsgs: 11 },
      { ...reordered, subjects: subjects.slice(1) },
      { ...reordered, subjects: [...subjects.slice(1), `${name}.d`] },
    ];
    for (const config of different) {
      expect(await failure(access.js.streams.create(config))).toMatchObject({ code: "STREAM_EXISTS" });
    }
  });

  it("[JS-STR-01] tells a stream with another configuration from one whose subjects are taken", async () => {
    const name = unique("TAKEN");
    await access.js.streams.create({ name, subjects: [`${name}.>`] });
    const other = await failure(access.js.streams.create({ name, subjects: [`${name}.>`], maxMsgs: 5 }));
    expect(other).toMatchObject({
      code: "STREAM_EXISTS",
      stream: name,
      errCode: 10_058,
      fields: ["maxMsgs"],
    });
    expect(other.message).toBe(
      `stream "${name}": stream name already in use with a different configuration: maxMsgs differs; createOrUpdate() changes it, get() takes it as it is`,
    );
    const overlap = await failure(
      access.js.streams.create({ name: unique("TAKEN"), subjects: [`${name}.a`] }),
    );
    expect(overlap).toMatchObject({ code: "INVALID_CONFIG", argument: "subjects", errCode: 10_065 });
  });

  it("[JS-STR-01] refuses what can't be a stream before anything is sent", async () => {
    const { streams } = access.js;
    const before = access.nc.stats().outMessages;
    expect(await failure(streams.create({ name: "a.b" }))).toMatchObject({
      code: "INVALID_CONFIG",
      argument: "name",
    });
    expect(await failure(streams.create({ name: "A", max_age: 5 } as never))).toMatchObject({
      code: "INVALID_CONFIG",
      argument: "max_age",
    });
    expect(await failure(streams.create({ name: "A", unknown: { some_field: 1 } }))).toMatchObject({
      code: "UNKNOWN_FIELD",
    });
    expect(await failure(streams.create({ name: "A" }, { pedantik: true } as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "pedantik",
    });
    expect(await failure(streams.delete("a b"))).toMatchObject({ code: "INVALID_OPTION" });
    expect(await failure(streams.get("*"))).toMatchObject({ code: "INVALID_OPTION" });
    expect(thrown(() => streams.bind("a.b"))).toMatchObject({ code: "INVALID_OPTION" });
    expect(access.nc.stats().outMessages).toBe(before);
  });

  it("[JS-STR-02] changes what is named, takes away what is null, and leaves the rest", async () => {
    const name = unique("CHANGED");
    await access.js.streams.create({
      name,
      subjects: [`${name}.>`],
      description: "first",
      maxAge: 60_000,
      metadata: { team: "a" },
    });
    const info = await access.js.streams.update(name, { maxMsgs: 7, description: null });
    expect(info.config).toMatchObject({ name, maxMsgs: 7, maxAge: 60_000, metadata: { team: "a" } });
    expect(info.config.description).toBeUndefined();
    expect((await access.js.streams.get(name)).cachedInfo?.config).toEqual(info.config);
  });

  it("[JS-STR-02] names the field that can't be changed", async () => {
    const name = unique("FIXED");
    await access.js.streams.create({ name, subjects: [name] });
    const { streams } = access.js;
    expect(await failure(streams.update(name, { storage: "memory" }))).toMatchObject({
      code: "INVALID_CONFIG",
    });
    expect(await failure(streams.update(name, { name: "OTHER" }))).toMatchObject({ code: "INVALID_OPTION" });
    expect(await failure(streams.update(name, { maxMsg: 5 } as never))).toMatchObject({
      code: "INVALID_CONFIG",
      argument: "maxMsg",
    });
    expect(await failure(streams.update("NOWHERE", { maxMsgs: 5 }))).toMatchObject({
      code: "STREAM_NOT_FOUND",
      stream: "NOWHERE",
    });
  });

  it("[JS-STR-03] updates a stream, or makes it", async () => {
    const name = unique("EITHER");
    const made = await access.js.streams.createOrUpdate({ name, subjects: [name] });
    expect(made.cachedInfo?.config.maxMsgs ?? Infinity).toBe(Infinity);
    const updated = await access.js.streams.createOrUpdate({ name, subjects: [name], maxMsgs: 3 });
    expect(updated.cachedInfo?.config.maxMsgs).toBe(3);
  });

  it("[JS-STR-04] deletes a stream, once", async () => {
    const name = unique("GONE");
    await access.js.streams.create({ name, subjects: [name] });
    await access.js.streams.delete(name);
    expect(await failure(access.js.streams.delete(name))).toMatchObject({
      code: "STREAM_NOT_FOUND",
      stream: name,
    });
    expect(await failure(access.js.streams.get(name))).toMatchObject({ code: "STREAM_NOT_FOUND" });
  });

  it("[JS-CTX-10] lets the server refuse what it would change in silence", async () => {
    const name = unique("PEDANTIC");
    const config = { name, subjects: [name], maxAge: 1000, duplicateWindow: 5000 };
    const refused = await failure(access.js.streams.create(config, { pedantic: true }));
    expect(refused).toMatchObject({ code: "INVALID_CONFIG" });
  });
});

describe("what streams tell", () => {
  it("[JS-STR-05] tells what was deleted in between, if it is asked", async () => {
    const name = unique("HOLES");
    const stream = await access.js.streams.create({ name, subjects: [`${name}.*`] });
    await fill(access.nc, 5, (n) => ({ subject: `${name}.${n}`, data: "x" }));
    for (const seq of [2, 4]) await stream.deleteMessage(seq);
    expect((await stream.info()).state).toMatchObject({
      messages: 3,
      firstSeq: 1,
      lastSeq: 5,
      numDeleted: 2,
    });
    expect((await stream.info()).state.deleted).toBeUndefined();
    expect((await stream.info({ deletedDetails: true })).state.deleted).toEqual([2, 4]);
    expect(await failure(stream.info({ deleted_details: true } as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  it("[JS-STR-05] lists subjects with their number of messages", async () => {
    const name = unique("SUBJECTS");
    const stream = await access.js.streams.create({ name, subjects: [`${name}.>`] });
    expect(await all(stream.subjects())).toEqual([]);
    await fill(access.nc, 6, (n) => ({ subject: `${name}.${n % 2 === 0 ? "even" : `odd.${n}`}` }));
    expect(await all(stream.subjects())).toEqual([
      [`${name}.even`, 3],
      [`${name}.odd.1`, 1],
      [`${name}.odd.3`, 1],
      [`${name}.odd.5`, 1],
    ]);
    expect(await all(stream.subjects(`${name}.*`))).toEqual([[`${name}.even`, 3]]);
    expect(thrown(() => stream.subjects("a..b"))).toMatchObject({ code: "INVALID_SUBJECT" });
  });

  it("[JS-STR-05] lists more subjects than an answer has", { timeout: 60_000 }, async () => {
    const name = unique("MANY");
    const stream = await access.js.streams.create({ name, subjects: [`${name}.*`], storage: "memory" });
    const count = 100_050;
    await fill(access.nc, count, (n) => ({ subject: `${name}.${n}` }));
    const subjects = new Set<string>();
    for await (const [subject, messages] of stream.subjects()) {
      subjects.add(subject);
      if (messages !== 1) throw new Error(`${subject} has ${messages} messages`);
    }
    expect(subjects.size).toBe(count);
  });

  it("[JS-STR-08] keeps what it saw last, and asks nothing for it", async () => {
    const name = unique("CACHED");
    await access.js.streams.create({ name, subjects: [name] });
    const bound = access.js.streams.bind(name);
    expect(bound.cachedInfo).toBeUndefined();
    const info = await bound.info();
    expect(bound.cachedInfo).toBe(info);
    const before = access.nc.stats().outMessages;
    expect(bound.cachedInfo).toBe(info);
    expect(access.nc.stats().outMessages).toBe(before);
    expect(info.ts.getTime()).toBeGreaterThanOrEqual(info.created.getTime());
  });

  it("rejects what a bound stream that is not there is asked", async () => {
    const stream = access.js.streams.bind("NEVER_MADE");
    const calls: (() => Promise<unknown>)[] = [
      () => stream.info(),
      () => stream.purge(),
      () => stream.deleteMessage(1),
      () => stream.get({ seq: 1 }),
      () => stream.get({ lastBySubject: "a" }, { leader: true }),
      () => all(stream.messages()),
      () => all(stream.payloads()),
      () => all(stream.lastMessages(">")),
      () => all(stream.subjects()),
      () => stream.cancelSchedule("a"),
    ];
    for (const call of calls)
      expect(await failure(call())).toMatchObject({ code: "STREAM_NOT_FOUND", stream: "NEVER_MADE" });
  });
});

describe("finding streams", () => {
  it("[JS-STR-06] lists streams and their names, all or those of a subject", async () => {
    const names = [unique("LISTED"), unique("LISTED"), unique("LISTED")].sort();
    const subject = unique("listed");
    for (const name of names) await access.js.streams.create({ name, subjects: [`${subject}.${name}`] });
    expect(await all(access.js.streams.names({ subject: `${subject}.*` }))).toEqual(names);
    expect(await all(access.js.streams.names())).toEqual(expect.arrayContaining(names));
    const infos = await all(access.js.streams.list({ subject: `${subject}.*` }));
    expect(infos.map(({ config }) => config.name)).toEqual(names);
    expect(await all(access.js.streams.names({ subject: `${subject}.none` }))).toEqual([]);
    expect(thrown(() => access.js.streams.list({ filter: "a" } as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  it("[JS-STR-07] finds the stream that takes a subject", async () => {
    const name = unique("FOUND");
    await access.js.streams.create({ name, subjects: [`${name}.*.created`] });
    expect(await access.js.streams.find(`${name}.7.created`)).toBe(name);
    const subject = unique("nobody");
    expect(await failure(access.js.streams.find(subject))).toMatchObject({ code: "NO_STREAM", subject });
    expect(await failure(access.js.streams.find("a b"))).toMatchObject({ code: "INVALID_SUBJECT" });
  });
});
