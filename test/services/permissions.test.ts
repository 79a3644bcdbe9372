import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { ServiceError, services } from "../../src/services/index.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { groupNeeds, withServer } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { all } from "./support.ts";

const config = (subscribe: string): string => `
  authorization {
    users: [
      { user: service, password: secret, permissions: { publish: ">", subscribe: ${subscribe} } }
      { user: caller, password: secret }
    ]
  }
`;

const BEFORE = config('">"');
const AFTER = config('["_INBOX.>", "work"]');

groupNeeds("a configuration that is read again")("a service that may not be found any more", () => {
  const answersThenEnds = async (how: "reload" | "restart"): Promise<void> => {
    await withServer({ config: BEFORE }, async (server) => {
      const options = {
        servers: server.url,
        password: "secret",
        reconnect: QUICK_RECONNECT,
        warnings: false,
      };
      await using nc = await connect({ ...options, user: "service" });
      await using caller = await connect({ ...options, user: "caller" });
      const service = await services(nc).add({ name: "guarded", version: "1.0.0" });
      const gate = new Gate();
      service.endpoint("work", async () => {
        await gate.opened;
        return "answered";
      });
      await nc.flush();
      const request = caller.request("work");
      await caller.flush();
      await nc.flush();
      const events = Promise.all(
        how === "reload" ? [] : [nc.once("reconnected"), caller.once("reconnected")],
      );
      if (how === "reload") await server.reload(AFTER);
      else {
        request.catch(() => undefined);
        await server.restart({ config: AFTER });
      }
      await events;
      if (how === "restart") gate.open();
      else {
        // What is here is answered before it ends.
        gate.open();
        expect((await request).string()).toBe("answered");
      }
      const reason = await service.stopped;
      expect(reason).toMatchObject({ code: "SUBSCRIBE_DENIED", subject: expect.stringMatching(/^\$SRV\./) });
      expect([nc.state, nc.subscriptionCount]).toEqual(["connected", 0]);
      expect(await all(services(caller).ping({ stall: 50 }))).toEqual([]);
      expect((await failure(caller.request("work"))).code).toBe("NO_RESPONDERS");
      expect((await failure(services(nc).add({ name: "again", version: "1.0.0" }))).code).toBe(
        "SUBSCRIBE_DENIED",
      );
      expect(reason).not.toBeInstanceOf(ServiceError);
    });
  };

  test("[SVC-10] [SVC-18] ends, with the reason, when its server reads other permissions", async () => {
    await answersThenEnds("reload");
  });

  test("[SVC-10] [SVC-18] ends, with the reason, when it comes back to a server with other permissions", async () => {
    await answersThenEnds("restart");
  });
});
