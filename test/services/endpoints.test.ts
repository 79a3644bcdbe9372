import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type Connection, headers } from "../../src/index.ts";
import { type Endpoint, type ServiceRequest, services } from "../../src/services/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { unique, useServices } from "./support.ts";

const access = useServices();

async function ask(subject: string, data?: string): Promise<string> {
  await access.settled();
  return (await access.caller.request(subject, data)).string();
}

it("what leads to services is shown with where they are", () => {
  const shown = `Services { server: '${access.nc.server}', state: 'connected', prefix: '$SRV' }`;
  expect(inspect(services(access.nc), { breakLength: Infinity })).toBe(shown);
});

describe("a service", () => {
  it("[SVC-01] has what it was made with, and an id of its own", async () => {
    const name = unique("prices");
    const config = { name, description: "what things cost", metadata: { region: "eu" } };
    const one = await access.add({ ...config, version: "1.2.3-beta.1+build.5" });
    const other = await access.add(config);
    expect(one.info).toEqual({
      name,
      id: expect.stringMatching(/^\w{22}$/),
      version: "1.2.3-beta.1+build.5",
      metadata: { region: "eu" },
      description: "what things cost",
      endpoints: [],
    });
    expect(other.info.id).not.toBe(one.info.id);
  });

  it("[SVC-01] keeps its metadata as they were", async () => {
    const metadata: Record<string, string> = { region: "eu" };
    const service = await access.add({ metadata });
    metadata["region"] = "us";
    expect(service.info.metadata).toEqual({ region: "eu" });
    expect(Object.isFrozen(service.info.metadata)).toBe(true);
  });

  it.each([
    [{ name: "" }, "name"],
    [{ name: "two words" }, "name"],
    [{ name: "a.b" }, "name"],
    [{ version: "1.0" }, "version"],
    [{ version: "v1.0.0" }, "version"],
    [{ version: "01.0.0" }, "version"],
    [{ metadata: { a: 1 } as never }, "metadata.a"],
    [{ metadata: ["a"] as never }, "metadata"],
    [{ statsHandler: "x" as never }, "statsHandler"],
    [{ middleware: [1] as never }, "middleware[0]"],
    [{ queue: true as never }, "queue"],
    [{ verison: "1.0.0" } as never, "verison"],
  ])("[SVC-01] is refused with %j", async (config, argument) => {
    expect(await failure(access.add(config))).toMatchObject({ code: "INVALID_OPTION", argument });
  });

  it("[SVC-01] needs a name, a version and a connection", async () => {
    expect(await failure(services(access.nc).add({} as never))).toMatchObject({ argument: "name" });
    expect(await failure(services(access.nc).add(undefined as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
    expect(thrown(() => services({} as Connection))).toMatchObject({ argument: "nc" });
    expect(thrown(() => services(access.nc, { prefix: "a.*" }))).toMatchObject({ argument: "prefix" });
  });

  it("[SVC-01] that can't be found by its name leaves nothing behind", async () => {
    const nc = await access.connect();
    const added = services(nc).add({ name: "n".repeat(4100), version: "1.0.0" });
    expect(await failure(added)).toMatchObject({ code: "CONTROL_LINE_TOO_LONG" });
    expect(nc.subscriptionCount).toBe(0);
    await nc.drain();
  });

  it("[SVC-01] answers a former name with ours", async () => {
    const error = await failure(access.add({ queueGroup: "x" } as never));
    expect(error.message).toContain('here it is "queue"');
  });
});

describe("an endpoint", () => {
  it("[SVC-02] answers by what its handler returns: text, bytes, nothing, JSON", async () => {
    const service = await access.add();
    const group = unique("g");
    const answers = service.group(group);
    answers.endpoint("text", (r) => `hello ${r.string()}`);
    answers.endpoint("bytes", () => new Uint8Array([1, 2]));
    answers.endpoint("nothing", () => undefined);
    answers.endpoint("json", (r) => ({ got: r.json() }));
    answers.endpoint("none", () => null);
    expect(await ask(`${group}.text`, "joe")).toBe("hello joe");
    expect((await access.caller.request(`${group}.bytes`)).data).toEqual(new Uint8Array([1, 2]));
    expect((await access.caller.request(`${group}.nothing`)).size).toBe(0);
    expect(await ask(`${group}.json`, '{"a":1}')).toBe('{"got":{"a":1}}');
    expect(await ask(`${group}.none`)).toBe("null");
  });

  it("[SVC-02] takes its name for its subject, and any subject, with wildcards too", async () => {
    const service = await access.add();
    const name = unique("plain");
    const subject = unique("orders");
    expect(service.endpoint(name, () => "").subject).toBe(name);
    const seen = service.endpoint(name, (r) => r.subject, { subject: `${subject}.*.>` });
    expect(seen).toMatchObject({ name, subject: `${subject}.*.>`, queue: "q", metadata: {} });
    expect(await ask(`${subject}.7.lines.1`)).toBe(`${subject}.7.lines.1`);
    // Names may repeat.
    expect(service.info.endpoints.map((endpoint) => endpoint.name)).toEqual([name, name]);
  });

  it("[SVC-02] shows a handler the request", async () => {
    const service = await access.add();
    const name = unique("seen");
    let seen: ServiceRequest | undefined;
    const endpoint: Endpoint = service.endpoint(name, (r) => void (seen = r), { metadata: { unit: "iso" } });
    await access.settled();
    await access.caller.request(name, "payload", { headers: { "X-Trace": "1" } });
    expect(seen!.endpoint).toBe(endpoint);
    expect(seen!.subject).toBe(name);
    expect(seen!.headers?.get("X-Trace")).toBe("1");
    expect(seen!.size).toBe(7);
    expect(new TextDecoder().decode(seen!.data)).toBe("payload");
    expect(seen!.signal.aborted).toBe(false);
    expect(endpoint.metadata).toEqual({ unit: "iso" });
  });

  it("[SVC-02] responds at once, and with headers", async () => {
    const service = await access.add();
    const name = unique("early");
    const gate = new Gate();
    service.endpoint(name, async (r) => {
      r.respond("early", { headers: headers({ kind: "test" }) });
      await gate.opened;
    });
    await access.settled();
    const answer = await access.caller.request(name);
    expect([answer.string(), answer.headers?.get("kind")]).toEqual(["early", "test"]);
    gate.open();
  });

  it.each([
    ["two words", {}, "INVALID_OPTION"],
    ["", {}, "INVALID_OPTION"],
    ["a", { subject: "a b" }, "INVALID_SUBJECT"],
    ["a", { subject: "" }, "INVALID_SUBJECT"],
    ["a", { subject: "a.>.b" }, "INVALID_SUBJECT"],
    ["a", { queue: "a b" }, "INVALID_QUEUE"],
    ["a", { concurrency: 0 }, "INVALID_OPTION"],
    ["a", { pending: { messages: -1 } }, "INVALID_OPTION"],
    ["a", { pending: { mesages: 1 } }, "INVALID_OPTION"],
    ["a", { pending: { bytes: 0 } }, "INVALID_OPTION"],
    ["a", { request: {} }, "INVALID_OPTION"],
    ["a", { metadata: { a: undefined } }, "INVALID_OPTION"],
    ["a", { handler: () => undefined }, "INVALID_OPTION"],
  ])("[SVC-02] is refused with %j %j", async (name, options, code) => {
    const service = await access.add();
    expect(thrown(() => service.endpoint(name, () => "", options as never)).code).toBe(code);
    expect(service.info.endpoints).toEqual([]);
  });

  it("[SVC-02] has a subject of its own in its queue group: another would get half of its requests", async () => {
    const service = await access.add();
    const [name, other] = [unique("quote"), unique("other")];
    const first = service.endpoint(name, () => "first");
    for (const options of [{}, { subject: name }])
      expect(thrown(() => service.endpoint(name, () => "second", options))).toMatchObject({
        code: "INVALID_OPTION",
        argument: "subject",
        message: expect.stringContaining(`the endpoint "${name}" of the service`) as string,
      });
    service.endpoint(name, () => "elsewhere", { subject: other });
    service.endpoint(name, () => "audited", { queue: "audit" });
    expect(await ask(other)).toBe("elsewhere");
    await first.remove();
    service.endpoint(name, () => "second");
    expect(service.info.endpoints).toHaveLength(3);
  });

  it("[SVC-02] needs a handler", async () => {
    const service = await access.add();
    expect(thrown(() => service.endpoint("a", undefined as never))).toMatchObject({ argument: "handler" });
    // As nats.js calls them.
    const former = (_error: unknown, m: { respond(): void }): void => m.respond();
    expect(thrown(() => service.endpoint("a", former as never)).message).toContain("it gets one argument");
  });

  it("[SVC-16] handles so many requests at a time as it is told", async () => {
    const service = await access.add();
    const name = unique("slow");
    const gate = new Gate();
    let atWork = 0;
    let most = 0;
    service.endpoint(
      name,
      async () => {
        most = Math.max(most, ++atWork);
        await gate.opened;
        atWork--;
      },
      { concurrency: 3 },
    );
    await access.settled();
    const requests = Array.from({ length: 9 }, () => access.caller.request(name));
    await access.settled();
    expect(atWork).toBe(3);
    gate.open();
    await Promise.all(requests);
    expect(most).toBe(3);
  });
});

describe("groups", () => {
  it("[SVC-03] put their subject before those of their endpoints, however deep", async () => {
    const service = await access.add();
    const group = unique("v1");
    const inner = service.group(group).group("orders");
    const named = inner.endpoint("list", () => "l");
    const other = inner.endpoint("get", (r) => r.subject, { subject: "get.*" });
    const empty = inner.group("").endpoint("bare", () => "b");
    expect([named.subject, other.subject, empty.subject]).toEqual([
      `${group}.orders.list`,
      `${group}.orders.get.*`,
      `${group}.orders.bare`,
    ]);
    expect(await ask(`${group}.orders.get.7`)).toBe(`${group}.orders.get.7`);
  });

  it.each([">", "a.>", "a b", "a.", ".a"])("[SVC-03] are refused with the subject %j", async (subject) => {
    const service = await access.add();
    expect(thrown(() => service.group(subject))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "subject",
    });
  });

  it("[SVC-04] hand down a queue group, which each may change or switch off", async () => {
    const service = await access.add({ queue: "all" });
    const group = service.group("a", { queue: "some" });
    const none = service.group("b", { queue: false });
    const queueOf = (endpoint: Endpoint): string | undefined => endpoint.queue;
    expect(queueOf(service.endpoint("x", () => ""))).toBe("all");
    expect(queueOf(service.endpoint("x", () => "", { queue: "" }))).toBeUndefined();
    expect(queueOf(group.endpoint("x", () => ""))).toBe("some");
    expect(queueOf(group.group("c").endpoint("x", () => ""))).toBe("some");
    expect(queueOf(group.endpoint("x", () => "", { queue: "own" }))).toBe("own");
    expect(queueOf(none.endpoint("x", () => ""))).toBeUndefined();
    expect(queueOf(none.group("d", { queue: "again" }).endpoint("x", () => ""))).toBe("again");
  });

  it("[SVC-04] share requests in a queue group, and get each without one", async () => {
    const name = unique("shared");
    const counts = { shared: 0, each: 0 };
    for (let i = 0; i < 2; i++) {
      const service = await access.add();
      service.endpoint(name, () => void counts.shared++);
      service.endpoint(name, () => void counts.each++, { queue: false });
    }
    await access.nc.flush();
    for (let i = 0; i < 10; i++) access.caller.publish(name, undefined, { reply: access.caller.newInbox() });
    await access.settled();
    expect(counts).toEqual({ shared: 10, each: 20 });
  });
});

describe("an endpoint that is removed", () => {
  it("[SVC-12] answers what is here, takes no more, and is in no list", async () => {
    const service = await access.add();
    const name = unique("gone");
    const gate = new Gate();
    const endpoint = service.endpoint(name, async () => {
      await gate.opened;
      return "answered";
    });
    const other = service.endpoint(unique("stays"), () => "here");
    await access.settled();
    const request = access.caller.request(name);
    await access.settled();
    const removal = endpoint.remove();
    expect(service.info.endpoints.map(({ subject }) => subject)).toEqual([other.subject]);
    gate.open();
    expect((await request).string()).toBe("answered");
    expect(await removal).toEqual({ handled: 1, abandoned: 0, timedOut: false, complete: true });
    expect((await failure(access.caller.request(name))).code).toBe("NO_RESPONDERS");
    expect(await ask(other.subject)).toBe("here");
    expect(await endpoint.remove()).toEqual(await removal);
    expect((await service.stats()).endpoints.map(({ subject }) => subject)).toEqual([other.subject]);
  });

  it("[SVC-12] interrupts what takes too long, and answers what waits", async () => {
    const service = await access.add();
    const name = unique("stuck");
    const endpoint = service.endpoint(
      name,
      (r) =>
        new Promise((_, reject) =>
          r.signal.addEventListener("abort", () => reject(r.signal.reason as Error)),
        ),
      { concurrency: 1 },
    );
    await access.settled();
    const requests = [1, 2].map(() => failure(access.found.request(name)));
    await access.settled();
    expect(await endpoint.remove({ timeout: 0 })).toMatchObject({ handled: 0, abandoned: 2, timedOut: true });
    for (const error of await Promise.all(requests)) expect(error).toMatchObject({ status: 503 });
  });

  it("[SVC-12] refuses a wrong option", async () => {
    const service = await access.add();
    const endpoint = service.endpoint(unique("x"), () => "");
    expect(await failure(endpoint.remove({ timeout: -1 }))).toMatchObject({ argument: "timeout" });
    expect(await failure(endpoint.remove({ handling: {} as never }))).toMatchObject({ argument: "handling" });
  });

  it("[SVC-12] is removed from within its own handler", async () => {
    const service = await access.add();
    const name = unique("self");
    const endpoint: Endpoint = service.endpoint(name, async (r): Promise<object> => {
      await Promise.resolve();
      const { handled, abandoned } = await endpoint.remove({ handling: r });
      return { handled, abandoned };
    });
    expect(JSON.parse(await ask(name))).toEqual({ handled: 1, abandoned: 0 });
  });
});

describe("middleware", () => {
  it("[SVC-16] stands around each handler, the first outermost", async () => {
    const steps: string[] = [];
    const step =
      (name: string) =>
      async (_: ServiceRequest, next: () => Promise<unknown>): Promise<unknown> => {
        steps.push(`${name} in`);
        const answer = (await next()) as string;
        steps.push(`${name} out`);
        return `${name}(${answer})`;
      };
    const service = await access.add({ middleware: [step("a"), step("b")] });
    const name = unique("wrapped");
    service.endpoint(name, () => "x");
    expect(await ask(name)).toBe("a(b(x))");
    expect(steps).toEqual(["a in", "b in", "b out", "a out"]);
  });

  it("[SVC-16] that returns nothing leaves the answer as it is", async () => {
    const service = await access.add({
      middleware: [async (_, next) => void (await next()), (_, next) => void next()],
    });
    const name = unique("left");
    service.endpoint(name, async () => "answer");
    expect(await ask(name)).toBe("answer");
  });

  it("[SVC-16] may keep a request from its handler, and catch what that throws", async () => {
    let calls = 0;
    const service = await access.add({
      middleware: [
        async (r, next) => {
          if (r.headers?.get("token") === undefined) return "who are you?";
          try {
            return await next();
          } catch (error) {
            return `caught ${(error as Error).message}`;
          }
        },
      ],
    });
    const name = unique("guarded");
    service.endpoint(name, () => {
      calls++;
      throw new Error("bad");
    });
    expect(await ask(name)).toBe("who are you?");
    expect(calls).toBe(0);
    const answer = await access.caller.request(name, "", { headers: { token: "1" } });
    expect(answer.string()).toBe("caught bad");
  });
});
