import { afterEach, describe, expect, it } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { services } from "../../src/services/index.ts";
import { failure } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";
import { all, nextEvent } from "./support.ts";

const user = (name: string, permissions: string): string =>
  `{ user: ${name}, password: secret, permissions: { publish: ">", subscribe: ${permissions} } }`;

const server = useServer({
  config: `
    accounts {
      A {
        users: [
          { user: owner, password: secret }
          ${user("unfound", '["_INBOX.>", "work.>"]')}
          ${user("limited", '["_INBOX.>", "$SRV.>", "work.>"]')}
        ]
        exports: [
          { service: "$SRV.>", response_type: "stream" }
          { service: "measured", latency: { sampling: 100, subject: "latency.measured" } }
        ]
      }
      B {
        users: [{ user: tool, password: secret }]
        imports: [
          { service: { account: A, subject: "$SRV.>" }, to: "A.SRV.>" }
          { service: { account: A, subject: "measured" } }
        ]
      }
    }
  `,
});

const open: Connection[] = [];
afterEach(async () => {
  for (const nc of open.splice(0)) await nc.close();
});

async function as(name: string): Promise<Connection> {
  const nc = await connect({ servers: server.url, user: name, password: "secret", warnings: false });
  open.push(nc);
  return nc;
}

describe("a user without permission", () => {
  it("[SVC-10] can't add a service that can't be found", async () => {
    const nc = await as("unfound");
    const error = await failure(services(nc).add({ name: "x", version: "1.0.0" }));
    expect(error).toMatchObject({ code: "SUBSCRIBE_DENIED", subject: expect.stringMatching(/^\$SRV\./) });
    expect(error.stack).toContain("accounts.test.ts");
    expect(nc.subscriptionCount).toBe(0);
  });

  it("[SVC-18] loses the endpoint whose subject is refused, and keeps the service", async () => {
    const nc = await as("limited");
    const service = await services(nc).add({ name: "x", version: "1.0.0" });
    service.endpoint("fine", () => "here", { subject: "work.fine" });
    const event = nextEvent(service, "error");
    const endpoint = service.endpoint("denied", () => "", { subject: "secret" });
    expect(await event).toMatchObject({ endpoint, error: { code: "SUBSCRIBE_DENIED", subject: "secret" } });
    expect(service.info.endpoints.map(({ name }) => name)).toEqual(["fine"]);
    expect((await nc.request("work.fine")).string()).toBe("here");
    await endpoint.remove();
    expect(await service.stop()).toMatchObject({ complete: true });
  });

  it("[SVC-10] ends a service that can't be found any more, with the reason", async () => {
    const nc = await as("owner");
    const service = await services(nc).add({ name: "x", version: "1.0.0" });
    const name = `$SRV.PING.x.${service.info.id}`;
    const denied = await failure((await as("unfound")).subscribe("$SRV.PING").next());
    // What a server says after it has read other permissions.
    const sub = open[0]!.parts.subscriptions.open.find(({ subject }) => subject === name)!;
    sub.onDenied(denied);
    expect(await service.stopped).toMatchObject({ code: "SUBSCRIBE_DENIED" });
    expect(nc.subscriptionCount).toBe(0);
  });
});

describe("accounts", () => {
  it("[SVC-05] a tool of another account finds services by the prefix of the import", async () => {
    const service = await services(await as("owner")).add({ name: "exported", version: "1.0.0" });
    const found = await all(services(await as("tool"), { prefix: "A.SRV" }).ping({ name: "exported" }));
    expect(found.map(({ id }) => id)).toEqual([service.info.id]);
  });

  it("[SVC-17] the server tells the latency of an exported endpoint, to whoever subscribes", async () => {
    const owner = await as("owner");
    const service = await services(owner).add({ name: "exported", version: "1.0.0" });
    service.endpoint("measured", () => "answer");
    const metric = owner.subscribe("latency.measured").next();
    await owner.flush();
    expect((await (await as("tool")).request("measured")).string()).toBe("answer");
    expect((await metric).json()).toMatchObject({
      type: "io.nats.server.metric.v1.service_latency",
      status: 200,
      service: expect.any(Number),
    });
  });
});
