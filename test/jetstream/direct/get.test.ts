import { describe, expect, it } from "vitest";
import { connect, headers, json } from "../../../src/index.ts";
import { jetstream, type Stream } from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";
import { fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream({
  config: `accounts {
    HOME { jetstream: enabled, users: [{ user: home, password: home }]
      exports: [{ service: "$JS.API.>", response: stream }] }
    GUEST { users: [{ user: guest, password: guest }]
      imports: [{ service: { account: HOME, subject: "$JS.API.>" }, to: "HOME.API.>" }] }
    SYS { users: [{ user: sys, password: sys }] }
  }
  system_account: SYS`,
  connect: { user: "home", password: "home" },
});

async function filled(allowDirect: boolean): Promise<Stream> {
  const name = unique("READ");
  const stream = await access.js.streams.create({ name, subjects: [`${name}.>`], allowDirect });
  await fill(access.nc, 6, (n) => ({
    subject: `${name}.${n % 2 === 0 ? "even" : "odd"}`,
    data: `{"n":${n}}`,
    headers: { "X-N": `${n}` },
  }));
  return stream;
}

describe.each([
  ["by a direct get", true],
  ["from the leader", false],
])("one message %s", (_how, allowDirect) => {
  it("[JS-GET-01] [JS-STR-09] has all its parts", async () => {
    const stream = await filled(allowDirect);
    const message = await stream.get({ seq: 3 });
    expect(message).toMatchObject({ stream: stream.name, subject: `${stream.name}.odd`, seq: 3, size: 7 });
    expect(message?.string()).toBe('{"n":3}');
    expect(message?.json()).toEqual({ n: 3 });
    expect(message?.headers?.toJSON()).toEqual({ "X-N": ["3"] });
    expect(Number((message?.timeNanos ?? 0n) / 1_000_000n)).toBe(message?.time.getTime());
  });

  it("[JS-GET-01] [JS-STR-09] is found by subject", async () => {
    const stream = await filled(allowDirect);
    const seqOf = async (query: Parameters<Stream["get"]>[0]): Promise<number | undefined> =>
      (await stream.get(query))?.seq;
    expect(await seqOf({ lastBySubject: `${stream.name}.odd` })).toBe(5);
    expect(await seqOf({ lastBySubject: `${stream.name}.*` })).toBe(6);
    expect(await seqOf({ nextBySubject: `${stream.name}.even` })).toBe(2);
    expect(await seqOf({ nextBySubject: `${stream.name}.even`, startSeq: 3 })).toBe(4);
    expect(await seqOf({ nextBySubject: `${stream.name}.>`, startSeq: 5 })).toBe(5);
    expect(await seqOf({ nextBySubject: `${stream.name}.odd`, startTime: new Date(0) })).toBe(1);
  });

  it("[JS-GET-08] [JS-STR-09] is undefined where there is none", async () => {
    const stream = await filled(allowDirect);
    expect(await stream.get({ seq: 99 })).toBeUndefined();
    expect(await stream.get({ lastBySubject: `${stream.name}.none` })).toBeUndefined();
    expect(await stream.get({ nextBySubject: `${stream.name}.odd`, startSeq: 6 })).toBeUndefined();
  });

  it("has bytes and text of any kind as they were stored", async () => {
    const name = unique("BYTES");
    const stream = await access.js.streams.create({ name, subjects: [name], allowDirect });
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await access.nc.request(name, bytes, { headers: headers({ "X-Word": "Grüße" }) });
    await access.nc.request(name);
    const first = await stream.get({ seq: 1 });
    expect(first?.data).toEqual(bytes);
    expect(first?.headers?.get("X-Word")).toBe("Grüße");
    const second = await stream.get({ seq: 2 });
    expect(second?.size).toBe(0);
    expect(second?.headers).toBeUndefined();
  });

  it("[JS-GET-01] has its own facts, though it has headers of their names", async () => {
    const name = unique("REPUBLISHED");
    const stream = await access.js.streams.create({ name, subjects: [name], allowDirect });
    const own = { "Nats-Stream": "OTHER", "Nats-Subject": "other", "Nats-Sequence": "77" };
    await access.nc.request(name, "x", { headers: own });
    const message = await stream.get({ seq: 1 });
    expect(message).toMatchObject({ stream: name, subject: name, seq: 1 });
    expect(message?.headers?.get("Nats-Sequence")).toBe("77");
  });
});

describe("who answers", () => {
  /** The API subjects that `read` sends to. */
  async function asked(
    url: string,
    read: (stream: Stream) => Promise<unknown>,
    name: string,
  ): Promise<string[]> {
    await using nc = await connect({ servers: url, user: "home", password: "home" });
    const subjects: string[] = [];
    const taps = ["$JS.API.STREAM.>", "$JS.API.DIRECT.>"].map((subject) =>
      access.nc.subscribe(subject, {
        callback: (m) => void subjects.push(m.subject.replace("$JS.API.", "")),
      }),
    );
    await access.nc.flush();
    await read(jetstream(nc).streams.bind(name));
    await access.nc.flush();
    await Promise.all(taps.map((tap) => tap.drain()));
    return subjects;
  }

  it("[JS-GET-01] learns once whether the stream allows direct reads", async () => {
    const stream = await filled(true);
    const subjects = await asked(
      access.url,
      async (bound) => {
        await Promise.all([bound.get({ seq: 1 }), bound.get({ lastBySubject: `${stream.name}.odd` })]);
        await bound.get({ seq: 2 });
      },
      stream.name,
    );
    expect(subjects.sort()).toEqual([
      `DIRECT.GET.${stream.name}`,
      `DIRECT.GET.${stream.name}`,
      `DIRECT.GET.${stream.name}.${stream.name}.odd`,
      `STREAM.INFO.${stream.name}`,
    ]);
  });

  it("[JS-STR-09] asks the leader where that is said, without asking for anything else", async () => {
    const stream = await filled(true);
    const read = (bound: Stream): Promise<unknown> => bound.get({ seq: 1 }, { leader: true });
    expect(await asked(access.url, read, stream.name)).toEqual([`STREAM.MSG.GET.${stream.name}`]);
  });

  it("[JS-GET-01] falls back to the leader once the stream does not allow it any more", async () => {
    const stream = await filled(true);
    expect((await stream.get({ seq: 1 }))?.seq).toBe(1);
    await access.js.streams.update(stream.name, { allowDirect: false });
    expect((await stream.get({ seq: 2 }))?.seq).toBe(2);
    expect((await stream.get({ lastBySubject: `${stream.name}.odd` }))?.seq).toBe(5);
  });

  it("[JS-GET-07] reads by the prefix of another account", async () => {
    await access.js.streams.create({ name: "SHARED", subjects: ["shared.*"], allowDirect: true });
    await fill(access.nc, 3, (n) => ({ subject: `shared.${n}`, data: `${n}` }));
    await using nc = await connect({ servers: access.url, user: "guest", password: "guest" });
    const stream = jetstream(nc, { apiPrefix: "HOME.API" }).streams.bind("SHARED");
    expect((await stream.get({ seq: 2 }))?.string()).toBe("2");
    expect((await stream.get({ lastBySubject: "shared.3" }))?.string()).toBe("3");
    const read: string[] = [];
    for await (const m of stream.messages()) read.push(m.string());
    expect(read).toEqual(["1", "2", "3"]);
  });
});

describe("values and wrong arguments", () => {
  it("reads values by a schema", async () => {
    const stream = await filled(true);
    const typed = stream.typed(json<{ n: number }>());
    expect((await typed.get({ seq: 4 }))?.value.n).toBe(4);
    expect(typed.cachedInfo).toBe(stream.cachedInfo);
  });

  it("refuses a query that is not one", async () => {
    const stream = access.js.streams.bind("ANY");
    for (const query of [
      {},
      { seq: 0 },
      { seq: 1.5 },
      { seq: 1, lastBySubject: "a" },
      { lastBySubject: "a", startSeq: 3 },
      { nextBySubject: "a", startSeq: 1, startTime: new Date() },
      { nextBySubject: "a", startTime: new Date(Number.NaN) },
      { last_by_subj: "a" },
      undefined,
    ]) {
      expect(await failure(stream.get(query as never))).toMatchObject({ code: "INVALID_OPTION" });
    }
    expect(await failure(stream.get({ lastBySubject: "a b" }))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(await failure(stream.get({ last_by_subj: "a" } as never))).toMatchObject({
      message: expect.stringContaining("lastBySubject") as string,
    });
    expect(await failure(stream.get({ seq: 1 }, { leder: true } as never))).toMatchObject({
      message: expect.stringContaining('"leader"') as string,
    });
  });

  it("gives up by timeout and signal", async () => {
    const stream = await filled(true);
    const signal = AbortSignal.abort(new Error("enough"));
    expect(await failure(stream.get({ seq: 1 }, { signal }))).toMatchObject({ code: "ABORTED" });
    expect(await failure(access.js.streams.bind(stream.name).get({ seq: 1 }, { signal }))).toMatchObject({
      code: "ABORTED",
    });
  });
});
