import { describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { type Endpoint, type Service, type ServiceRequest, services } from "../../src/services/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { startServer } from "../support/nats-server.ts";
import { all, unique, useServices } from "./support.ts";

const access = useServices();

/** An endpoint whose handlers wait at a gate, and requests that have come to it: one is handled, the others wait. */
async function held(service: Service, requests: number) {
  const name = unique("held");
  const gate = new Gate();
  const seen: ServiceRequest[] = [];
  const endpoint = service.endpoint(
    name,
    async (r) => {
      seen.push(r);
      await gate.opened;
      return "answered";
    },
    { concurrency: 1 },
  );
  await access.settled();
  const outcomes = Promise.allSettled(Array.from({ length: requests }, () => access.found.request(name)));
  await access.settled();
  return { name, gate, seen, endpoint, outcomes };
}

const texts = (outcomes: PromiseSettledResult<unknown>[]): string[] =>
  outcomes.map((outcome) =>
    outcome.status === "fulfilled"
      ? (outcome.value as { string(): string }).string()
      : `${(outcome.reason as { status: number }).status}`,
  );

describe("a service that stops", () => {
  it("[SVC-09] answers all that is here, and is found until then", async () => {
    const service = await access.add();
    const { name } = service.info;
    const { gate, outcomes, name: subject } = await held(service, 3);
    const stop = service.stop();
    expect(thrown(() => service.endpoint("late", () => ""))).toMatchObject({ code: "SERVICE_STOPPED" });
    await access.settled();
    expect(await all(access.found.ping({ name }))).toHaveLength(1);
    expect((await failure(access.caller.request(subject))).code).toBe("NO_RESPONDERS");
    gate.open();
    expect(texts(await outcomes)).toEqual(["answered", "answered", "answered"]);
    expect(await stop).toEqual({ handled: 3, abandoned: 0, timedOut: false, complete: true });
    expect(await service.stopped).toBeUndefined();
    expect(await all(access.found.ping({ name }))).toEqual([]);
  });

  it("[SVC-09] gives up at the end of its time: what is handled is told, what waits is answered", async () => {
    const service = await access.add();
    const { gate, seen, outcomes } = await held(service, 3);
    const { signal } = seen[0]!;
    expect(await service.stop({ timeout: 0 })).toEqual({
      handled: 0,
      abandoned: 3,
      timedOut: true,
      complete: expect.any(Boolean),
    });
    expect(signal.reason).toMatchObject({ code: "SERVICE_STOPPED" });
    gate.open();
    expect(texts(await outcomes)).toEqual(["answered", "503", "503"]);
    expect(await service.stopped).toBeUndefined();
  });

  it("[SVC-09] gives up when its signal aborts", async () => {
    const service = await access.add();
    const { gate, outcomes, seen } = await held(service, 2);
    const controller = new AbortController();
    const stop = service.stop({ signal: controller.signal });
    controller.abort();
    expect(await stop).toMatchObject({ handled: 0, abandoned: 2, timedOut: true });
    expect(seen[0]!.signal.aborted).toBe(true);
    gate.open();
    expect(texts(await outcomes)).toEqual(["answered", "503"]);
  });

  it("[SVC-09] answers with 503 what a handler gives up because of it", async () => {
    const service = await access.add();
    const events = service.events();
    const name = unique("interrupted");
    service.endpoint(
      name,
      (r) =>
        new Promise((_, reject) =>
          r.signal.addEventListener("abort", () => reject(r.signal.reason as Error)),
        ),
    );
    service.endpoint(
      `${name}_2`,
      async (r) => await access.nc.request("nobody.answers", "", { signal: r.signal }),
    );
    access.nc.subscribe("nobody.answers", { callback: () => undefined });
    await access.settled();
    const requests = [name, `${name}_2`].map((one) => failure(access.found.request(one)));
    await access.settled();
    await service.stop({ timeout: 10 });
    for (const error of await Promise.all(requests)) expect(error).toMatchObject({ status: 503 });
    expect((await events.next()).done).toBe(true);
  });

  it("[SVC-09] stops once, whoever asks, and however often", async () => {
    const service = await access.add();
    const { gate, outcomes } = await held(service, 1);
    const stops = [service.stop(), service.stop({ timeout: 0 })];
    gate.open();
    const [first, second] = await Promise.all(stops);
    expect(second).toEqual(first);
    expect(await service.stop()).toEqual(first);
    await service[Symbol.asyncDispose]();
    expect(texts(await outcomes)).toEqual(["answered"]);
  });

  it("[SVC-09] may be stopped by its own handler", async () => {
    const service = await access.add();
    const name = unique("shutdown");
    service.endpoint(name, async (r) => {
      await Promise.resolve();
      return await service.stop({ handling: r });
    });
    await access.settled();
    expect((await access.caller.request(name)).json()).toMatchObject({ handled: 1, abandoned: 0 });
  });

  it("[SVC-09] may be stopped by a handler before its first await", async () => {
    const service = await access.add();
    const name = unique("shutdown");
    service.endpoint(name, async () => await service.stop());
    await access.settled();
    expect((await access.caller.request(name)).json()).toMatchObject({ handled: 1, abandoned: 0 });
  });

  it("[SVC-09] waits for endpoints that are being removed", async () => {
    const service = await access.add();
    const { gate, endpoint, outcomes } = await held(service, 1);
    const removal = endpoint.remove();
    const stop = service.stop();
    gate.open();
    expect(await stop).toMatchObject({ handled: 1 });
    expect(await removal).toMatchObject({ handled: 1 });
    expect(texts(await outcomes)).toEqual(["answered"]);
  });

  it("[SVC-09] is disposed of", async () => {
    const before = access.nc.subscriptionCount;
    {
      await using service = await access.add();
      service.endpoint(unique("x"), () => "");
      expect(access.nc.subscriptionCount).toBe(before + 10);
    }
    expect(access.nc.subscriptionCount).toBe(before);
  });

  it("[SVC-09] refuses a wrong option", async () => {
    const service = await access.add();
    expect(await failure(service.stop({ timeout: "1" as never }))).toMatchObject({ argument: "timeout" });
    expect(await failure(service.stop({ handling: "r" as never }))).toMatchObject({ argument: "handling" });
    expect(await failure(service.stop({ tiemout: 1 } as never))).toMatchObject({ argument: "tiemout" });
  });

  it("[SVC-10] ends its events", async () => {
    const service = await access.add();
    const events = service.events();
    await service.stop();
    expect((await events.next()).done).toBe(true);
    expect((await service.events().next()).done).toBe(true);
    expect(thrown(() => service.on("stopped" as never, () => undefined))).toMatchObject({ argument: "type" });
  });
});

describe("the end of the connection", () => {
  it("[SVC-10] close() ends a service without a reason, and its requests' signals abort", async () => {
    const nc = await access.connect();
    const service = await services(nc).add({ name: unique("closed"), version: "1.0.0" });
    const events = service.events();
    const name = unique("work");
    let signal: AbortSignal | undefined;
    service.endpoint(name, (r) => {
      ({ signal } = r);
      return new Promise(() => undefined);
    });
    await nc.flush();
    const request = failure(access.caller.request(name, "", { timeout: 50 }));
    await access.caller.flush();
    await nc.flush();
    await nc.close();
    expect(await service.stopped).toBeUndefined();
    expect(signal).toMatchObject({ aborted: true, reason: { code: "CONNECTION_CLOSED" } });
    expect((await events.next()).done).toBe(true);
    expect(await service.stop()).toMatchObject({ handled: 0, abandoned: 0 });
    expect(thrown(() => service.endpoint("late", () => "")).code).toBe("SERVICE_STOPPED");
    await request;
  });

  it("[SVC-10] drain() answers what is here, and counts it once", async () => {
    const nc = await access.connect();
    const service = await services(nc).add({ name: unique("drained"), version: "1.0.0" });
    const name = unique("work");
    const gate = new Gate();
    service.endpoint(name, async () => {
      await gate.opened;
      return "answered";
    });
    await nc.flush();
    const requests = [1, 2].map(() => access.caller.request(name));
    await access.caller.flush();
    await nc.flush();
    const drain = nc.drain();
    gate.open();
    expect(await drain).toMatchObject({ handled: 2, abandoned: 0, lost: 0, complete: true });
    for (const request of requests) expect((await request).string()).toBe("answered");
    expect(await service.stopped).toBeUndefined();
  });

  it("[SVC-10] drain() ends discovery at once, and stop() before it only with the last answer", async () => {
    for (const stopsFirst of [false, true]) {
      const nc = await access.connect();
      const service = await services(nc).add({ name: unique("drained"), version: "1.0.0" });
      const { name, id } = service.info;
      const gate = new Gate();
      service.endpoint(name, () => gate.opened);
      await nc.flush();
      const request = access.caller.request(name);
      await access.caller.flush();
      await nc.flush();
      const end = stopsFirst ? service.stop() : nc.drain();
      await nc.flush();
      const found = (await all(access.found.ping({ name }))).map((each) => each.id);
      expect(found).toEqual(stopsFirst ? [id] : []);
      gate.open();
      await end;
      await request;
      await nc.close();
    }
  });

  it("[SVC-10] drain() interrupts handlers when its time is up", async () => {
    const nc = await access.connect();
    const service = await services(nc).add({ name: unique("drained"), version: "1.0.0" });
    const name = unique("work");
    const interrupted = new Promise((resolve) => {
      service.endpoint(name, ({ signal }) => {
        signal.addEventListener("abort", () => resolve(signal.reason));
        return new Promise(() => undefined);
      });
    });
    await nc.flush();
    const request = access.caller.request(name, "", { timeout: 1000 }).catch(() => undefined);
    await access.caller.flush();
    await nc.flush();
    expect(await nc.drain({ timeout: 20 })).toMatchObject({ handled: 0, abandoned: 1, timedOut: true });
    expect(await interrupted).toMatchObject({ code: "SERVICE_STOPPED" });
    await service.stopped;
    await request;
  });

  it("[SVC-10] a later call with less patience ends what an earlier one would wait for", async () => {
    const laterCalls: readonly ((service: Service, endpoint: Endpoint) => PromiseLike<unknown>)[] = [
      (service) => service.stop({ timeout: 20 }),
      (service) => service.stop({ signal: AbortSignal.timeout(20) }),
      (service) => service[Symbol.asyncDispose](),
      (_, endpoint) => endpoint.remove({ timeout: 20 }),
    ];
    for (const laterCall of laterCalls) {
      const nc = await connect({ servers: access.url, disposeTimeout: 20 });
      const service = await services(nc).add({ name: unique("patient"), version: "1.0.0" });
      const begun = new Gate();
      const endpoint = service.endpoint(unique("work"), () => {
        begun.open();
        return new Promise(() => undefined);
      });
      nc.publish(endpoint.subject);
      await begun.opened;
      const removed = endpoint.remove();
      const stopped = service.stop();
      await laterCall(service, endpoint);
      expect(await stopped).toMatchObject({ abandoned: 1 });
      expect(await removed).toMatchObject({ abandoned: 1 });
      await nc.close();
    }
  });

  it("[SVC-10] an error ends a service with the reason", async () => {
    const server = await startServer();
    try {
      const nc = await connect({ servers: server.url, reconnect: false, warnings: false });
      const service = await services(nc).add({ name: unique("lost"), version: "1.0.0" });
      await server.stop();
      expect(await service.stopped).toMatchObject({ code: "CONNECTION_CLOSED", cause: expect.any(Error) });
      expect(await failure(services(nc).add({ name: "x", version: "1.0.0" }))).toMatchObject({
        code: "CONNECTION_CLOSED",
      });
    } finally {
      await server.stop();
    }
  });

  it("[SVC-18] an outage does not end a service: it is there again after it", async () => {
    const server = await startServer();
    try {
      const nc = await connect({ servers: server.url, reconnect: { delay: 5 }, warnings: false });
      const service = await services(nc).add({ name: unique("back"), version: "1.0.0" });
      service.endpoint("back", () => "here");
      const back = nc.once("reconnected");
      await server.restart();
      await back;
      expect((await nc.request("back")).string()).toBe("here");
      expect(await all(services(nc).ping({ stall: 50 }))).toHaveLength(1);
      await nc.close();
    } finally {
      await server.stop();
    }
  });

  it("[SVC-01] add() while there is no link rejects in its time, and leaves nothing behind", async () => {
    const server = await startServer();
    const nc = await connect({ servers: server.url, reconnect: { delay: 5 }, warnings: false });
    try {
      const lost = nc.once("disconnected");
      await server.stop();
      await lost;
      const error = await failure(services(nc).add({ name: "x", version: "1.0.0" }, { timeout: 20 }));
      expect(["TIMEOUT", "DISCONNECTED"]).toContain(error.code);
      expect(nc.subscriptionCount).toBe(0);
    } finally {
      await nc.close();
      await server.stop();
    }
  });

  it("[SVC-01] add() rejects when it can't be found in time, and leaves nothing behind", async () => {
    const nc = await access.connect();
    const before = nc.subscriptionCount;
    const signal = AbortSignal.abort();
    const error = await failure(services(nc).add({ name: "x", version: "1.0.0" }, { signal }));
    expect(error.code).toBe("ABORTED");
    expect(nc.subscriptionCount).toBe(before);
    expect(await nc.drain()).toMatchObject({ complete: true });
    expect((await failure(services(nc).add({ name: "x", version: "1.0.0" }))).code).toBe("CONNECTION_CLOSED");
  });
});
