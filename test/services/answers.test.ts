import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { type Codec, headers, json, type Message, text } from "../../src/index.ts";
import {
  type Contract,
  ServiceError,
  type ServiceHandler,
  type ServiceRequest,
} from "../../src/services/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { nextEvent, unique, useServices } from "./support.ts";

const access = useServices();

/** An endpoint with this handler, and what it answers one request with. */
async function answerOf(handler: ServiceHandler, data?: string | Uint8Array): Promise<Message> {
  const service = await access.add();
  service.on("handlerError", () => undefined);
  const name = unique("answer");
  service.endpoint(name, handler);
  await access.settled();
  return await access.caller.request(name, data);
}

const errorOf = ({ headers }: Message): (string | undefined)[] => [
  headers?.get("Nats-Service-Error-Code"),
  headers?.get("Nats-Service-Error"),
];

describe("an error as an answer", () => {
  it("[SVC-08] has data as any answer: what is no text and no bytes is JSON, and read so", async () => {
    const service = await access.add();
    const name = unique("json");
    service.endpoint(name, () => {
      throw new ServiceError(409, "sold out", { data: { item: "coffee", left: 0 } });
    });
    await access.settled();
    const error = (await failure(access.found.request(name))) as ServiceError;
    expect(error.json()).toEqual({ item: "coffee", left: 0 });
    expect(error.string()).toBe('{"item":"coffee","left":0}');
    const text = new ServiceError(409, "sold out", { data: "coffee" });
    expect(text.string()).toBe("coffee");
    expect(thrown(() => text.json())).toMatchObject({ code: "INVALID_JSON" });
    expect(thrown(() => new ServiceError(409, "sold out", { data: { n: 5n } }))).toMatchObject({
      code: "INVALID_VALUE",
    });
    const map = thrown(() => new ServiceError(409, "sold out", { data: new Map() }));
    expect(map.code).toBe("INVALID_PAYLOAD");
    expect(map.subject).toBeUndefined();
    expect(map.message).toMatch(/^the data of a ServiceError can't be a Map/);
  });

  it("[SVC-08] is what a ServiceError says, with its data and headers", async () => {
    const answer = await answerOf(() => {
      throw new ServiceError(404, "no such item", { data: "tea", headers: { hint: "coffee" } });
    });
    expect(errorOf(answer)).toEqual(["404", "no such item"]);
    expect([answer.string(), answer.headers?.get("hint")]).toEqual(["tea", "coffee"]);
  });

  it.each([
    ["an error", new Error("broken"), "broken"],
    ["a string", "broken", "broken"],
    ["undefined", undefined, "undefined"],
    ["lines", new Error("one\r\ntwo\n\tthree"), "one two three"],
    ["no text", new Error(""), "unknown error"],
    ["other scripts", new Error("größer 日本 \ud83d\ude00"), "größer 日本 \ud83d\ude00"],
    ["half of a pair", new Error("a\ud83d"), "a\ufffd"],
    ["very long text", new Error("x".repeat(5000)), "x".repeat(1024)],
  ])("[SVC-08] is 500 with the message when a handler throws %s", async (_, error, description) => {
    const answer = await answerOf(() => {
      // oxlint-disable-next-line typescript/only-throw-error -- applications do
      throw error;
    });
    expect(errorOf(answer)).toEqual(["500", description]);
    expect(answer.size).toBe(0);
  });

  it.each([
    ["what has no JSON", () => Symbol("x")],
    ["a bigint", () => 5n],
    ["a circle", () => circle()],
    ["a Map", () => new Map([[1, 2]])],
    ["a Map within", () => ({ prices: new Map([[1, 2]]) })],
    ["URLSearchParams", () => new URLSearchParams("a=1")],
    ["a RegExp", () => /a/],
    ["a generator", () => letters()],
    ["what keeps all to itself", () => new Price(5)],
    ["an ArrayBuffer", () => new ArrayBuffer(4)],
    ["a Float64Array", () => new Float64Array(2)],
    ["a stream", () => new Blob(["x"]).stream()],
    ["a loop", () => numbers()],
    ["an error", () => new Error("broken")],
  ])("[SVC-08] is 500 when a handler returns %s", async (_, handler) => {
    const [code, description] = errorOf(await answerOf(handler));
    expect(code).toBe("500");
    expect(description).not.toBe("");
  });

  it("[SVC-08] names what came where its JSON says nothing: to the caller, and by an event", async () => {
    const service = await access.add();
    const name = unique("emptied");
    service.endpoint(name, () => ({ found: [new URLSearchParams("a=1")] }));
    const event = nextEvent(service, "handlerError");
    await access.settled();
    const refused = await failure(access.found.request(name));
    expect(refused).toMatchObject({ status: 500, message: expect.stringContaining("URLSearchParams") });
    expect((await event).error).toMatchObject({ code: "INVALID_VALUE", subject: name });
    expect((await service.stats()).endpoints[0]).toMatchObject({ numErrors: 1 });
  });

  it("[SVC-08] says of which endpoint an answer is that can't be one", async () => {
    const service = await access.add();
    const name = unique("map");
    service.endpoint(name, () => new Map());
    const event = nextEvent(service, "handlerError");
    await access.settled();
    expect(String(await failure(access.found.request(name)))).toContain(
      `the answer of "${name}" can't be a Map`,
    );
    expect((await event).error).toMatchObject({ code: "INVALID_PAYLOAD", subject: name });
  });

  it("[SVC-08] is 500 when the answer is too large, and an event", async () => {
    const service = await access.add();
    const name = unique("large");
    service.endpoint(name, () => "x".repeat((access.nc.info?.maxPayload ?? 0) + 1));
    const event = nextEvent(service, "handlerError");
    await access.settled();
    expect(await failure(access.found.request(name))).toMatchObject({ code: "SERVICE_ERROR", status: 500 });
    expect((await event).error.code).toBe("MAX_PAYLOAD_EXCEEDED");
  });

  it("[SVC-08] is told without its data and headers where they are too large, and an event", async () => {
    const tooLong = "x".repeat((access.nc.info?.maxPayload ?? 0) + 1);
    for (const options of [{ data: tooLong }, { headers: { long: tooLong } }]) {
      const service = await access.add();
      const name = unique("large");
      service.endpoint(name, () => {
        throw new ServiceError(409, "sold out", options);
      });
      const event = nextEvent(service, "handlerError");
      await access.settled();
      const error = await failure(access.found.request(name));
      expect(error).toMatchObject({ status: 409, description: "sold out" });
      expect((await event).error.code).toBe("HANDLER_FAILED");
    }
  });

  it("[SVC-06] is cut where it is very long: stats must have room for it", async () => {
    const service = await access.add();
    service.on("handlerError", () => undefined);
    const name = unique("long");
    service.endpoint(name, () => {
      throw new Error("x".repeat(3_000_000));
    });
    await access.settled();
    await failure(access.found.request(name));
    const [endpoint] = (await service.stats()).endpoints;
    expect(endpoint?.lastError).toBe(`500:${"x".repeat(1024)}`);
  });

  it.each([
    ["no text", { reason: 1 }, "[object Object]"],
    ["nothing", undefined, "undefined"],
  ])("[SVC-08] is one whose message is %s", async (_, message, description) => {
    const answer = await answerOf(async () => {
      throw Object.assign(new Error("x"), { message: message as unknown as string });
    });
    expect(errorOf(answer)).toEqual(["500", description]);
  });

  it("[SVC-02] is what a fetch() gives: its JSON is empty", async () => {
    expect(errorOf(await answerOf(() => new Response("x")))[0]).toBe("500");
  });

  it.each([
    ["json", (r: ServiceRequest) => r.json()],
    ["value", (r: ServiceRequest) => r.value],
    ["json in a later turn", async (r: ServiceRequest) => await Promise.resolve().then(() => r.json())],
  ])("[SVC-08] is 400 when %s can't read the payload, and no event", async (_, handler) => {
    const service = await access.add();
    const events = service.events();
    const name = unique("bad");
    service.endpoint(name, handler);
    await access.settled();
    expect(await failure(access.found.request(name, "{"))).toMatchObject({ status: 400 });
    await service.stop();
    expect((await events.next()).done).toBe(true);
  });

  it("[SVC-08] is 500 when a handler can't read something else", async () => {
    expect(errorOf(await answerOf(() => JSON.parse("{") as unknown, "{}"))[0]).toBe("500");
  });

  it("[SVC-08] is an event, with the request and the cause", async () => {
    const service = await access.add();
    const name = unique("broken");
    const cause = new Error("broken");
    const endpoint = service.endpoint(name, async () => {
      throw cause;
    });
    const event = nextEvent(service, "handlerError");
    await access.settled();
    await failure(access.found.request(name, "data"));
    const { request, error, ...rest } = await event;
    expect(rest).toEqual({ type: "handlerError", endpoint });
    expect(request.string()).toBe("data");
    expect(error).toMatchObject({ code: "HANDLER_FAILED", subject: name, cause });
    expect(error.message).toContain(`"${name}" failed: broken`);
  });

  it("[SVC-08] that nobody listens to is an error event of the connection", async () => {
    const service = await access.add();
    const name = unique("unheard");
    service.endpoint(name, () => {
      throw new Error("broken");
    });
    const heard = access.nc.once("error");
    await access.settled();
    await failure(access.found.request(name));
    expect((await heard).error).toMatchObject({ code: "HANDLER_FAILED", subject: name });
  });

  it("[SVC-08] is passed on as it came", async () => {
    const service = await access.add();
    const [inner, outer] = [unique("inner"), unique("outer")];
    service.endpoint(inner, () => {
      throw new ServiceError(418, "a teapot", { data: "t", headers: { size: "small" } });
    });
    service.endpoint(outer, async () => await access.found.request(inner));
    await access.settled();
    const error = (await failure(access.found.request(outer))) as ServiceError;
    expect(error).toMatchObject({ status: 418, description: "a teapot", subject: outer });
    expect([new TextDecoder().decode(error.data), error.headers?.get("size")]).toEqual(["t", "small"]);
  });
});

describe("an answer", () => {
  it("[SVC-02] may be the response of somebody else, with its headers", async () => {
    const service = await access.add();
    const [inner, outer] = [unique("inner"), unique("outer")];
    service.endpoint(inner, (r) => r.respond("inner", { headers: { kind: "test" } }));
    service.endpoint(outer, async () => await access.caller.request(inner));
    await access.settled();
    const answer = await access.caller.request(outer);
    expect([answer.string(), answer.headers?.get("kind")]).toEqual(["inner", "test"]);
  });

  it("[SVC-08] that is a ServiceError is one that was thrown", async () => {
    const answer = await answerOf(() => new ServiceError(402, "pay first"));
    expect(errorOf(answer)).toEqual(["402", "pay first"]);
  });

  it("[SVC-10] is given once: a second respond() throws, and the first counts", async () => {
    const service = await access.add();
    const name = unique("twice");
    service.endpoint(name, (r) => {
      r.respond("first");
      r.respond("second");
    });
    const event = nextEvent(service, "handlerError");
    await access.settled();
    expect((await access.caller.request(name)).string()).toBe("first");
    expect((await event).error).toMatchObject({
      code: "HANDLER_FAILED",
      cause: { code: "ALREADY_RESPONDED" },
    });
  });

  it("[SVC-10] is given once: what a handler returns after respond() is an event", async () => {
    const service = await access.add();
    const name = unique("returned");
    service.endpoint(name, (r) => {
      r.respond("first");
      return "second";
    });
    const event = nextEvent(service, "handlerError");
    await access.settled();
    expect((await access.caller.request(name)).string()).toBe("first");
    expect((await event).error).toMatchObject({ code: "ALREADY_RESPONDED", subject: name });
  });

  it("[SVC-10] that nobody asks for is an event, and counted", async () => {
    const service = await access.add();
    const name = unique("told");
    service.endpoint(name, (r) => (r.string() === "quiet" ? undefined : "answer"));
    const event = nextEvent(service, "handlerError");
    await access.settled();
    access.caller.publish(name, "quiet");
    access.caller.publish(name, "loud");
    expect((await event).error.code).toBe("MESSAGE_WITHOUT_REPLY");
    const [stats] = (await service.stats()).endpoints;
    expect(stats).toMatchObject({ numRequests: 2, numErrors: 1 });
  });

  it("[SVC-10] that nobody asks for, and is an error, is an event too", async () => {
    const service = await access.add();
    const name = unique("told");
    service.endpoint(name, () => {
      throw new ServiceError(404, "no such item");
    });
    const event = nextEvent(service, "handlerError");
    await access.settled();
    access.caller.publish(name);
    expect((await event).error).toMatchObject({ code: "HANDLER_FAILED", cause: { status: 404 } });
  });
});

describe("a call", () => {
  it("[SVC-08] rejects with a service's error, whose stack has the caller", async () => {
    const service = await access.add();
    const name = unique("fails");
    service.endpoint(name, () => {
      throw new ServiceError(409, "sold out");
    });
    await access.settled();
    const error = await failure(access.found.request(name, "x", { timeout: 5000 }));
    expect(error).toMatchObject({
      code: "SERVICE_ERROR",
      name: "ServiceError",
      status: 409,
      description: "sold out",
      message: "sold out (409)",
      subject: name,
    });
    expect(error).toBeInstanceOf(ServiceError);
    expect(error.stack).toContain("answers.test.ts");
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "ServiceError",
      message: "sold out (409)",
      code: "SERVICE_ERROR",
      status: 409,
      description: "sold out",
      subject: name,
    });
  });

  // What other services send.
  it.each([
    [{ "Nats-Service-Error": "words", "Nats-Service-Error-Code": "E_BAD" }, 0, "words"],
    [{ "Nats-Service-Error": "no code" }, 0, "no code"],
    [{ "Nats-Service-Error-Code": "503" }, 503, ""],
  ])("[SVC-08] rejects with %j", async (error, status, description) => {
    const name = unique("raw");
    access.nc.subscribe(name, { max: 1, callback: (m) => m.respond("body", { headers: headers(error) }) });
    await access.settled();
    expect(await failure(access.found.request(name))).toMatchObject({ status, description });
  });

  it("[SVC-08] gives any other answer", async () => {
    const service = await access.add();
    const name = unique("ok");
    service.endpoint(name, (r) => r.respond(r.data, { headers: { kind: "echo" } }));
    await access.settled();
    const answer = await access.found.request(name, "x", { headers: { a: "1" } });
    expect([answer.string(), answer.headers?.get("kind")]).toEqual(["x", "echo"]);
  });

  it("[SVC-08] rejects as a request does", async () => {
    expect((await failure(access.found.request(unique("nobody")))).code).toBe("NO_RESPONDERS");
    expect((await failure(access.found.request("a", "", { timeuot: 1 } as never))).code).toBe(
      "INVALID_OPTION",
    );
  });
});

describe("a ServiceError", () => {
  it.each([
    [1.5, "x", "status"],
    [-1, "x", "status"],
    ["404" as never, "x", "status"],
    [404, 5 as never, "description"],
  ])("[SVC-08] is not made of %j and %j", (status, description, argument) => {
    expect(thrown(() => new ServiceError(status, description))).toMatchObject({ argument });
  });
});

const Order = v.object({ item: v.string(), pieces: v.number() });
const Receipt = v.object({ total: v.number() });

function contract() {
  return {
    buy: { subject: unique("buy"), request: Order, response: Receipt },
    raw: { subject: unique("raw") },
  } satisfies Contract;
}

describe("a contract", () => {
  it("[SVC-15] is kept by both sides", async () => {
    const Prices = contract();
    const service = await access.add();
    service.endpoint("buy", (r) => ({ total: r.value.pieces * 3 }), Prices.buy);
    service.endpoint("raw", (r) => r.string().toUpperCase(), Prices.raw);
    await access.settled();
    const prices = access.found.client(Prices, { timeout: 5000 });
    const receipt: { total: number } = await prices.buy({ item: "coffee", pieces: 2 });
    expect(receipt).toEqual({ total: 6 });
    expect((await prices.raw("text", { headers: { a: "1" } })).string()).toBe("TEXT");
  });

  it("[SVC-15] lets no wrong request leave, and none come to a handler", async () => {
    const Prices = contract();
    const service = await access.add();
    let calls = 0;
    service.endpoint("buy", () => ({ total: ++calls }), Prices.buy);
    await access.settled();
    const wrong = { item: "coffee", pieces: "two" };
    const refused = await failure(access.found.client(Prices).buy(wrong as never));
    expect(refused).toMatchObject({ code: "INVALID_VALUE", subject: Prices.buy.subject });
    const answered = await failure(access.found.request(Prices.buy.subject, JSON.stringify(wrong)));
    expect(answered).toMatchObject({ code: "SERVICE_ERROR", status: 400 });
    expect(answered.message).toContain("pieces");
    expect(calls).toBe(0);
  });

  it("[SVC-15] lets no wrong answer leave, and none come to a caller", async () => {
    const Prices = contract();
    const service = await access.add();
    service.endpoint("buy", () => ({ total: "six" }) as never, Prices.buy);
    const event = nextEvent(service, "handlerError");
    await access.settled();
    const order = { item: "coffee", pieces: 2 };
    expect(await failure(access.found.client(Prices).buy(order))).toMatchObject({ status: 500 });
    expect((await event).error.code).toBe("INVALID_VALUE");
    access.nc.subscribe(Prices.raw.subject, { callback: (m) => m.respond('{"total":"six"}') });
    await access.settled();
    const other = { buy: { ...Prices.buy, subject: Prices.raw.subject } };
    expect((await failure(access.found.client(other).buy(order))).code).toBe("INVALID_VALUE");
  });

  it("[SVC-15] may be of codecs, in a group, and named by its key", async () => {
    const Shout: Codec<string> = {
      encode: (value) => `${value}!`,
      decode: (data) => new TextDecoder().decode(data),
    };
    const group = unique("group");
    const Talk = {
      shout: { request: Shout, response: text },
      count: { response: json<number>() },
    } satisfies Contract;
    const service = await access.add();
    const talk = service.group(group);
    talk.endpoint("shout", (r) => r.value.toUpperCase(), Talk.shout);
    talk.endpoint("count", (r) => r.size, Talk.count);
    await access.settled();
    const client = access.found.client(Talk, { group });
    expect(await client.shout("hello")).toBe("HELLO!");
    expect(await client.count("four")).toBe(4);
    expect(await client.count()).toBe(0);
  });

  it("[SVC-15] names the endpoint that is none", () => {
    for (const shop of [{ buy: undefined }, { buy: null }, { buy: "shop.buy" }, { buy: { subject: 5 } }]) {
      const error = thrown(() => access.found.client(shop as unknown as Contract));
      expect(error).toMatchObject({
        code: "INVALID_OPTION",
        message: expect.stringContaining("contract.buy") as string,
      });
    }
  });

  it("[SVC-15] has no wildcards for a client, and schemas that are some", () => {
    const { found } = access;
    expect(thrown(() => found.client({ all: { subject: "a.*" } }))).toMatchObject({
      code: "INVALID_SUBJECT",
    });
    expect(thrown(() => found.client({ a: { request: {} as never } }))).toMatchObject({
      argument: "request",
    });
    expect(thrown(() => found.client(undefined as never))).toMatchObject({ argument: "contract" });
    expect(thrown(() => found.client({}, { tiemout: 1 } as never)).message).toContain('"timeout"');
  });
});

function* letters(): Generator<string> {
  yield "a";
}

class Price {
  readonly #amount: number;

  constructor(amount: number) {
    this.#amount = amount;
  }

  get amount(): number {
    return this.#amount;
  }
}

async function* numbers(): AsyncGenerator<number> {
  yield 1;
}

function circle(): object {
  const made: Record<string, unknown> = {};
  made["self"] = made;
  return made;
}
