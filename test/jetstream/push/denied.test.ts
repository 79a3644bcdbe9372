import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { jetstream, type PushConsumerConfig } from "../../../src/jetstream/index.ts";
import { failure, thrown } from "../../support/failure.ts";
import { useServer } from "../../support/nats-server.ts";
import { asUser, restrictedUsers } from "../../support/restricted-users.ts";

const server = useServer({
  jetstream: true,
  config: restrictedUsers({
    owner: {},
    reader: { publish: ["$JS.API.>", "$JS.ACK.>"], subscribe: ["_INBOX.>"] },
    listener: { publish: ["$JS.ACK.>", "$JS.FC.>"], subscribe: ["to.hear", "_INBOX.>"] },
  }),
});

describe("a push consumer that sends where its reader may not subscribe", () => {
  let owner: Connection;
  let reader: Connection;
  beforeAll(async () => {
    owner = await connect(asUser(server, "owner"));
    reader = await connect(asUser(server, "reader"));
    reader.on("error", () => undefined);
    const js = jetstream(owner);
    await js.streams.create({ name: "S", subjects: ["s.>"], storage: "memory" });
    await js.publish("s.x", "1");
    await js.consumers.create("S", { durable: "secret", push: { deliverSubject: "secret.here" } });
    await js.consumers.create("S", { durable: "open", push: {} });
  });
  afterAll(async () => {
    await owner.close();
    await reader.close();
  });

  it("[JS-PUSH-01] ends with what the server said", async () => {
    const consumer = await jetstream(reader).consumers.getPush("S", "secret");
    const messages = consumer.consume();
    const error = await failure(messages[Symbol.asyncIterator]().next());
    expect(error).toMatchObject({ code: "SUBSCRIBE_DENIED", subject: "secret.here" });
    expect(await messages.closed).toMatchObject({ reason: "failed", error: { code: "SUBSCRIBE_DENIED" } });
  });

  it("[JS-PUSH-01] is no hindrance to others, and leaves nothing behind", async () => {
    const before = reader.subscriptionCount;
    const consumer = await jetstream(reader).consumers.getPush("S", "open");
    for await (const message of consumer.consume({ stopAfter: 1 })) await message.ackConfirmed();
    expect(reader.subscriptionCount).toBe(before);
  });
});

describe("a push consumer for whose reader the API is closed", () => {
  const config: PushConsumerConfig = {
    durable: "heard",
    maxDeliver: 2,
    push: { deliverSubject: "to.hear", idleHeartbeat: 500 },
  };
  let owner: Connection;
  let listener: Connection;
  const errors: unknown[] = [];
  beforeAll(async () => {
    owner = await connect(asUser(server, "owner"));
    listener = await connect(asUser(server, "listener"));
    listener.on("error", ({ error }) => void errors.push(error));
    const js = jetstream(owner);
    await js.streams.create({ name: "H", subjects: ["h.>"], storage: "memory" });
    await js.consumers.create("H", config);
  });
  afterAll(async () => {
    await owner.close();
    await listener.close();
  });

  it("[JS-CON-28] is read by its deliver subject, and acked; the server is asked nothing", async () => {
    await jetstream(owner).publish("h.x", "1");
    const bound = jetstream(listener).consumers.bindPush("H", config);
    expect([bound.stream, bound.name, bound.cachedInfo]).toEqual(["H", "heard", undefined]);
    for await (const message of bound.consume({ stopAfter: 1 })) {
      expect([message.string(), message.stream, message.consumer]).toEqual(["1", "H", "heard"]);
      await message.ackConfirmed();
    }
    expect(errors).toEqual([]);
    expect(await failure(bound.info())).toMatchObject({ code: "PUBLISH_DENIED" });
    errors.length = 0;
  });

  it("[JS-CON-28] goes on after an outage", async () => {
    const messages = jetstream(listener).consumers.bindPush("H", config).consume();
    const loop = messages[Symbol.asyncIterator]();
    await listener.flush();
    await listener.reconnect();
    await jetstream(owner).publish("h.x", "2");
    const { value } = await loop.next();
    expect(value!.string()).toBe("2");
    value!.ack();
    await messages.stop();
    expect(errors).toEqual([]);
  });

  it("[JS-CON-28] is worked off by its configuration: the last delivery is known", async () => {
    await jetstream(owner).publish("h.x", "3");
    const bound = jetstream(listener).consumers.bindPush("H", config);
    const tries: number[] = [];
    const work = bound.work(
      (message) => {
        tries.push(message.deliveries);
        throw new Error("never");
      },
      { retry: { delays: [1] }, stopAfter: 2 },
    );
    const delays: unknown[] = [];
    work.on("handlerError", ({ delay }) => delays.push(delay));
    await work.closed;
    expect(tries).toEqual([1, 2]);
    expect(delays).toEqual([1, undefined]);
  });

  it("[JS-CON-28] must have a name and a subject", () => {
    const { consumers } = jetstream(listener);
    const argumentOf = (given: PushConsumerConfig): unknown => {
      const error = thrown(() => consumers.bindPush("H", given));
      return "argument" in error && error.argument;
    };
    expect(argumentOf({ push: { deliverSubject: "to.hear" } })).toBe("config.durable");
    expect(argumentOf({ durable: "heard", push: {} })).toBe("config.push.deliverSubject");
    expect(argumentOf({ durable: "heard" } as never)).toBe("config.push.deliverSubject");
    expect(argumentOf({ durable: "heard", push: { deliverSubject: "a.*" } })).toBe("push.deliverSubject");
    expect(thrown(() => consumers.bindPush("a.b", config))).toMatchObject({ code: "INVALID_OPTION" });
  });
});
