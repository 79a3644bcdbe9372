import { describe, expect, it } from "vitest";
import { type EndpointOptions, type ServiceEvent } from "../../src/services/index.ts";
import { Gate } from "../support/gate.ts";
import { nextEvent, unique, useServices } from "./support.ts";

const access = useServices();

/** An endpoint whose handlers wait at a gate. */
async function gated(options: EndpointOptions) {
  const service = await access.add();
  const name = unique("gated");
  const gate = new Gate();
  const endpoint = service.endpoint(name, () => gate.opened, options);
  await access.settled();
  /** The statuses of the answers, in the order of the requests. */
  const ask = (count: number, data?: string): Promise<string[]> =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const { headers } = await access.caller.request(name, data);
        return headers?.get("Nats-Service-Error-Code") ?? "ok";
      }),
    );
  return { service, name, gate, endpoint, ask };
}

describe("an endpoint with too many requests", () => {
  it("[SVC-11] answers at once with 503 those that find no room", async () => {
    const { service, gate, endpoint, ask } = await gated({ concurrency: 1, pending: { messages: 2 } });
    const events: ServiceEvent[] = [];
    service.on("overloaded", (event) => void events.push(event));
    const over = new Promise<void>((resolve) =>
      service.on("overloaded", ({ isOver }) => isOver && resolve()),
    );
    const answers = ask(5);
    await access.settled();
    expect(events).toEqual([{ type: "overloaded", endpoint, refused: 1, isOver: false }]);
    gate.open();
    expect((await answers).toSorted()).toEqual(["503", "503", "ok", "ok", "ok"]);
    await over;
    expect(events[1]).toEqual({ type: "overloaded", endpoint, refused: 2, isOver: true });
    const [stats] = (await service.stats()).endpoints;
    expect(stats).toMatchObject({ numRequests: 5, numErrors: 2, lastError: "503:the service is overloaded" });
  });

  it("[SVC-11] may let none wait", async () => {
    const { gate, ask } = await gated({ concurrency: 2, pending: { messages: 0 } });
    const answers = ask(3);
    await access.settled();
    gate.open();
    expect(await answers).toEqual(["ok", "ok", "503"]);
  });

  it("[SVC-11] counts bytes too", async () => {
    const { gate, ask } = await gated({ pending: { bytes: 10 } });
    const answers = ask(3, "12345");
    await access.settled();
    gate.open();
    expect(await answers).toEqual(["ok", "ok", "503"]);
  });

  it("[SVC-18] goes on, and so does its service", async () => {
    const { service, gate, ask } = await gated({ concurrency: 1, pending: { messages: 1 } });
    const answers = ask(4);
    await access.settled();
    gate.open();
    await answers;
    expect(await ask(1)).toEqual(["ok"]);
    expect(service.info.endpoints).toHaveLength(1);
  });

  it("[SVC-11] is told to the connection if nobody listens to the service", async () => {
    const { name, gate, ask } = await gated({ concurrency: 1, pending: { messages: 0 } });
    const heard = access.nc.once("error");
    const answers = ask(2);
    expect((await heard).error).toMatchObject({ code: "SLOW_CONSUMER", subject: name });
    gate.open();
    await answers;
  });

  it("[SVC-11] is no slow consumer of the connection, which would have dropped", async () => {
    const dropped = access.nc.stats().inDropped;
    let slow = 0;
    const off = access.nc.on("slowConsumer", () => void slow++);
    const { service, gate, ask } = await gated({ concurrency: 1, pending: { messages: 0 } });
    service.on("overloaded", () => undefined);
    const answers = ask(2);
    await access.settled();
    gate.open();
    await answers;
    off();
    expect([slow, access.nc.stats().inDropped - dropped]).toEqual([0, 0]);
  });

  it("[SVC-11] counts those that ask for no answer", async () => {
    const { service, name, gate } = await gated({ concurrency: 1, pending: { messages: 0 } });
    const event = nextEvent(service, "overloaded");
    for (let i = 0; i < 3; i++) access.caller.publish(name);
    await access.settled();
    expect(await event).toMatchObject({ refused: 1 });
    expect((await service.stats()).endpoints[0]).toMatchObject({ numRequests: 3, numErrors: 2 });
    gate.open();
  });
});
