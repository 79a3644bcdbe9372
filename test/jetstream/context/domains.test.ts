import { describe, expect, test } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { useLeaf } from "../../support/domains.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { unique } from "../../support/jetstream.ts";
import { useServer } from "../../support/nats-server.ts";

describe("across a leaf node", () => {
  const access = useLeaf();

  test("[JS-CTX-02] each domain has streams of its own, and the server's own needs no name", async () => {
    const [own, there] = [jetstream(access.nc), jetstream(access.nc, { domain: "hub" })];
    expect((await own.accountInfo()).domain).toBe("leaf");
    expect((await there.accountInfo()).domain).toBe("hub");
    const name = unique("HERE");
    await own.streams.create({ name, subjects: [name], storage: "memory" });
    expect((await failure(there.streams.get(name))).code).toBe("STREAM_NOT_FOUND");
  });

  test("[JS-CTX-02] [JS-GET-07] all that is done with a stream is done in its domain", async () => {
    const js = jetstream(access.nc, { domain: "hub" });
    const name = unique("THERE");
    const stream = await js.streams.create({
      name,
      subjects: [`${name}.>`],
      storage: "memory",
      allowDirect: true,
    });
    // The leaf node hears of the stream's subjects a moment later.
    const ack = await eventually(() => js.publish(`${name}.a`, "one", { timeout: 1000 }));
    expect(ack).toMatchObject({ stream: name, seq: 1, domain: "hub" });
    expect((await stream.get({ seq: 1 }))?.string()).toBe("one");
    const consumer = await js.consumers.create(name, { durable: "c" });
    const message = await consumer.next({ expires: 5000 });
    expect(message?.string()).toBe("one");
    await message?.ackConfirmed();
    expect((await consumer.info()).ackFloor.streamSeq).toBe(1);
  });

  test("[JS-CTX-05] a domain whose link is lost is not there, for the time being", async () => {
    const js = jetstream(access.nc, { domain: "hub", timeout: 1000 });
    await access.hub.stop();
    const error = await eventually(async () => {
      const failed = await failure(js.accountInfo());
      expect(failed.code).toBe("JETSTREAM_NOT_ENABLED");
      return failed;
    });
    expect(error).toMatchObject({ retryable: true });
    expect((await jetstream(access.nc).accountInfo()).domain).toBe("leaf");
  });
});

describe("across accounts", () => {
  const access = useServer({
    jetstream: true,
    config: `accounts {
      OWNER { jetstream: enabled, users: [{ user: owner, password: x }]
              exports: [{ service: "$JS.API.>", response_type: stream }, { service: "$JS.ACK.>" }, { service: "orders.>" }] }
      GUEST { users: [{ user: guest, password: x }]
              imports: [{ service: { account: OWNER, subject: "$JS.API.>" }, to: "JS.of.owner.>" }
                        { service: { account: OWNER, subject: "$JS.ACK.>" } }
                        { service: { account: OWNER, subject: "orders.>" } }] }
    }`,
  });

  const as = (user: string): Promise<Connection> => connect({ servers: access.url, user, password: "x" });

  test("[JS-CTX-02] a prefix leads to the streams of another account", async () => {
    await using owner = await as("owner");
    await using guest = await as("guest");
    await jetstream(owner).streams.create({ name: "ORDERS", subjects: ["orders.>"], storage: "memory" });
    const js = jetstream(guest, { apiPrefix: "JS.of.owner" });
    expect((await js.streams.get("ORDERS")).name).toBe("ORDERS");
    expect((await js.publish("orders.new", "one")).stream).toBe("ORDERS");
    const consumer = await js.consumers.create("ORDERS", { durable: "guest" });
    const message = await consumer.next({ expires: 5000 });
    expect(message?.string()).toBe("one");
    await message?.ackConfirmed();
    expect((await consumer.info()).numAckPending).toBe(0);
    // Its own API is that of an account without JetStream.
    expect((await failure(jetstream(guest).accountInfo())).code).toBe("JETSTREAM_NOT_ENABLED_FOR_ACCOUNT");
  });
});
