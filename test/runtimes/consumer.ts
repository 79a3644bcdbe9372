// What an application writes, to be compiled against the packed declarations by old and new compilers.
import { connect, headers, isNatsError, type ConnectOptions, type Message, type Transport } from "natspeed";
import { jetstream, type StreamConfig } from "natspeed/jetstream";
import { startServer, type ServerOptions } from "natspeed/server";

const serverOptions: ServerOptions = { accounts: { A: { users: [{ user: "a", password: "x" }] } } };

export async function inProcess(): Promise<number> {
  const server = await startServer(serverOptions);
  const nc = await connect(server.inMemory);
  await nc.close();
  await server.stop();
  return server.connections.length;
}

const options: ConnectOptions = {
  servers: "wss://127.0.0.1:8443/nats",
  websocket: { headers: async () => ({ cookie: "a=b" }), compression: true },
  reconnect: { delay: 50 },
};

export async function main(): Promise<string> {
  const nc = await connect(options);
  try {
    nc.subscribe("greet.*", {
      callback: (m: Message) => m.respond(m.data, { headers: headers({ A: "b" }) }),
    });
    for await (const batch of nc.subscribe("x", { max: 1 }).batches()) console.log(batch.length);
    const reply = await nc.request("greet.joe", new Uint8Array([1]), { timeout: 1000 });
    return reply.string();
  } catch (error) {
    return isNatsError(error, "TIMEOUT") ? error.code : "";
  } finally {
    await nc.close();
  }
}

export type Own = Pick<Transport, "write">;

const orders: StreamConfig = { name: "ORDERS", subjects: ["orders.>"] };

export async function stored(): Promise<number> {
  const nc = await connect(options);
  const js = jetstream(nc);
  try {
    await js.streams.createOrUpdate(orders);
    return (await js.publish("orders.new", "coffee", { msgId: "1" })).seq;
  } catch (error) {
    // The codes of an entry are known where it is imported.
    if (isNatsError(error, "NO_STREAM")) console.log(error.subject, error.retryable, error.errCode);
    return 0;
  } finally {
    await nc.close();
  }
}
