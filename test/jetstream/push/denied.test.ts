import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";
import { useServer } from "../../support/nats-server.ts";

const server = useServer({
  jetstream: true,
  config: `
    authorization {
      users = [
        { user: owner, password: secret }
        { user: reader, password: secret, permissions {
          publish: ["$JS.API.>", "$JS.ACK.>"]
          subscribe: ["_INBOX.>"]
        } }
      ]
    }
  `,
});

describe("a push consumer that sends where its reader may not subscribe", () => {
  let owner: Connection;
  let reader: Connection;
  beforeAll(async () => {
    owner = await connect({ servers: server.url, user: "owner", password: "secret" });
    reader = await connect({ servers: server.url, user: "reader", password: "secret" });
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
