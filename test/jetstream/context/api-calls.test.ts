import { describe, expect, test } from "vitest";
import { connect, type Message } from "../../../src/index.ts";
import { type ApiCall, jetstream } from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

/** A context whose API is answered by `answer`, as one that another account exports may be. */
function answered(answer: (m: Message) => string | undefined, options: object = {}) {
  const apiPrefix = unique("FAKE.API");
  access.nc.subscribe(`${apiPrefix}.>`, {
    callback: (m) => {
      const text = answer(m);
      if (text !== undefined) m.respond(text);
    },
  });
  return jetstream(access.nc, { apiPrefix, ...options });
}

const typed = (fields: object): string =>
  JSON.stringify({ type: "io.nats.jetstream.api.v1.stream_names_response", ...fields });

describe("a call of the API", () => {
  test("[JS-CTX-04] that the server refuses has its words and its code", async () => {
    const error = await failure(
      access.js.context.api.request({ subject: "STREAM.INFO.NOTHING", stream: "NOTHING" }),
    );
    expect(error).toMatchObject({
      code: "STREAM_NOT_FOUND",
      errCode: 10_059,
      errName: "JSStreamNotFoundErr",
      status: 404,
      stream: "NOTHING",
      subject: "$JS.API.STREAM.INFO.NOTHING",
      message: 'stream "NOTHING": stream not found',
    });
  });

  test("[JS-CTX-12] with a field that the server doesn't know names it", async () => {
    const body = { name: "X", subjects: ["x"], brand_new: 1 };
    const error = await failure(access.js.context.api.request({ subject: "STREAM.CREATE.X", body }));
    expect(error).toMatchObject({ code: "UNKNOWN_FIELD", errCode: 10_025, argument: "brand_new" });
  });

  test("[JS-CTX-10] may be pedantic", async () => {
    const body = {
      name: "PED",
      subjects: ["ped"],
      storage: "memory",
      max_age: 1e9,
      pedantic: true,
    };
    const error = await failure(access.js.context.api.request({ subject: "STREAM.CREATE.PED", body }));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", errCode: 10_157 });
  });

  test("[JS-CTX-06] that needs a newer server says so, before it is asked", async () => {
    const level = access.js.apiLevel! + 1;
    const calls: ApiCall[] = [];
    const js = jetstream(access.nc, { trace: (call) => calls.push(call) });
    const error = await failure(js.context.api.request({ subject: "INFO", level }));
    expect(error.code).toBe("SERVER_TOO_OLD");
    expect(error.message).toContain(`level ${level}`);
    expect(calls).toEqual([]);
  });

  test("[JS-CTX-06] that needs a newer server is refused by one of another domain or prefix", async () => {
    // The connected server does not speak for those: it is asked.
    const [stop] = [
      access.nc.subscribe("ITS.API.>", {
        callback: (m) =>
          access.nc.publish(`$JS.API.${m.subject.slice(8)}`, m.data, {
            headers: m.headers!,
            reply: m.reply!,
          }),
      }),
    ];
    const js = jetstream(access.nc, { apiPrefix: "ITS.API" });
    const error = await failure(js.context.api.request({ subject: "INFO", level: access.js.apiLevel! + 1 }));
    expect(error).toMatchObject({ code: "SERVER_TOO_OLD", errCode: 10_185, status: 412 });
    expect(await js.context.api.request({ subject: "INFO", level: access.js.apiLevel! })).toHaveProperty(
      "limits",
    );
    stop.unsubscribe();
  });

  test("[JS-CTX-03] waits for as long as the context says, or itself", async () => {
    const js = answered(() => undefined, { timeout: 30 });
    expect((await failure(js.accountInfo())).message).toContain("after 30 ms");
    expect((await failure(js.accountInfo({ timeout: 20 }))).message).toContain("after 20 ms");
  });

  test("shows its caller in the stack", async () => {
    async function theCaller(): Promise<void> {
      await access.js.context.api.request({ subject: "STREAM.INFO.NOTHING" });
    }
    expect((await failure(theCaller())).stack).toContain("theCaller");
    async function theReader(): Promise<void> {
      const names = access.js.context.api.pages({ subject: "CONSUMER.NAMES.NOTHING" }, () => []);
      for await (const name of names) expect(name).toBeUndefined();
    }
    expect((await failure(theReader())).stack).toContain("theReader");
  });

  test("without a link ends as a request does", async () => {
    const nc = await connect(access.url);
    const js = jetstream(nc);
    await nc.close();
    expect((await failure(js.accountInfo())).code).toBe("CONNECTION_CLOSED");
    expect(js.apiLevel).toBe(access.js.apiLevel);
  });
});

describe("an answer", () => {
  test.each([
    ["no JSON", "no JSON"],
    ["cut", '{"type":"io.nats'],
    ["empty", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["without a type", '{"streams":[]}'],
    ["of an unknown type", '{"type":"com.acme.v1.answer"}'],
    ["of a type that is no text", '{"type":5}'],
  ])("[JS-CTX-08] that can't be read is INVALID_RESPONSE: %s", async (_what, text) => {
    const js = answered(() => text);
    const error = await failure(js.context.api.request({ subject: "STREAM.INFO.S", stream: "S" }));
    expect(error.code).toBe("INVALID_RESPONSE");
    expect(error.subject).toMatch(/^FAKE\.API_\d+\.STREAM\.INFO\.S$/);
  });

  test("[JS-CTX-08] with a field of another kind is INVALID_RESPONSE, naming the field", async () => {
    const js = answered(() => typed({ memory: "much" }));
    expect((await failure(js.accountInfo())).message).toContain('"memory" is not a whole number');
  });

  test("[JS-CTX-08] with a number above 2^53 is told, and not rounded", async () => {
    const js = answered(
      () => '{"type":"io.nats.jetstream.api.v1.account_info_response","storage":9007199254740993}',
    );
    expect((await failure(js.accountInfo())).code).toBe("INVALID_RESPONSE");
    expect(await js.context.api.request({ subject: "INFO" })).toMatchObject({
      storage: 9_007_199_254_740_993n,
    });
  });
});

describe("a list", () => {
  const names = (page: Readonly<Record<string, unknown>>) => page["streams"] as string[];

  test("[JS-CTX-07] of the server is read page by page", async () => {
    const prefix = unique("P");
    const api = access.js.context.api;
    const wanted = Array.from({ length: 300 }, (_, i) => `${prefix}_${String(i).padStart(3, "0")}`);
    await Promise.all(
      wanted.map((name) =>
        api.request({
          subject: `STREAM.CREATE.${name}`,
          body: { name, subjects: [`${prefix}.${name}`], storage: "memory" },
        }),
      ),
    );
    const calls: ApiCall[] = [];
    const js = jetstream(access.nc, { trace: (call) => calls.push(call) });
    const body = { subject: `${prefix}.*` };
    const listed: string[] = [];
    const read = (page: Readonly<Record<string, unknown>>) =>
      (page["streams"] as { config: { name: string } }[]).map(({ config }) => config.name);
    for await (const name of js.context.api.pages({ subject: "STREAM.LIST", body }, read)) listed.push(name);
    expect(listed).toEqual(wanted);
    expect(calls.map(({ request }) => JSON.parse(new TextDecoder().decode(request)) as unknown)).toEqual([
      body,
      { ...body, offset: 256 },
    ]);
  });

  test("[JS-CTX-07] that the server left something out of ends with ASSET_OFFLINE", async () => {
    const js = answered(() => typed({ total: 2, offset: 0, limit: 1024, streams: ["A"], missing: ["B"] }));
    const found: string[] = [];
    const reading = (async () => {
      for await (const name of js.context.api.pages({ subject: "STREAM.NAMES" }, names)) found.push(name);
    })();
    expect((await failure(reading)).message).toContain("B (no server answers for it)");
    expect(found).toEqual(["A"]);
  });
});

describe("the trace of calls", () => {
  test("[JS-CTX-09] hears each call once it has ended, with the bodies as they travelled", async () => {
    const calls: ApiCall[] = [];
    const js = jetstream(access.nc, { trace: (call) => calls.push(call) });
    await js.accountInfo();
    const body = { subjects_filter: ">" };
    const error = await failure(js.context.api.request({ subject: "STREAM.INFO.NOTHING", body }));
    expect(calls).toHaveLength(2);
    const text = (bytes?: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    expect(calls[0]).toMatchObject({ subject: "$JS.API.INFO", request: new Uint8Array() });
    expect(text(calls[0]?.response)).toHaveProperty("limits");
    expect(calls[0]).not.toHaveProperty("error");
    expect(text(calls[1]?.request)).toEqual(body);
    expect(text(calls[1]?.response)).toHaveProperty("error.err_code", 10_059);
    expect(calls[1]?.error).toBe(error);
    expect(calls[1]?.elapsed).toBeGreaterThan(0);
  });

  test("[JS-CTX-09] hears of a call without an answer", async () => {
    const calls: ApiCall[] = [];
    const js = answered(() => undefined, { timeout: 20, trace: (call: ApiCall) => calls.push(call) });
    await failure(js.accountInfo());
    expect(calls).toMatchObject([{ error: { code: "TIMEOUT" } }]);
    expect(calls[0]).not.toHaveProperty("response");
  });

  test("[JS-CTX-09] that throws fails no call, and is told as an error event", async () => {
    const cause = new Error("full disk");
    const js = jetstream(access.nc, {
      trace: () => {
        throw cause;
      },
    });
    const told = access.nc.once("error");
    expect(await js.accountInfo()).toHaveProperty("limits");
    expect((await told).error).toMatchObject({ code: "LISTENER_FAILED", subject: "$JS.API.INFO", cause });
  });
});
