// What an application writes, to be compiled against the packed declarations by old and new compilers.
import {
  connect,
  headers,
  isNatsError,
  json,
  text,
  type ConnectOptions,
  type Connection,
  type Message,
  type Transport,
} from "natspeed";
import { jetstream, type StreamConfig } from "natspeed/jetstream";
import { kv, type Bucket, type Entry } from "natspeed/kv";
import { objectStore, type ObjectInfo } from "natspeed/object-store";
import { startServer, type ServerOptions } from "natspeed/server";
import { services, ServiceError, type Contract } from "natspeed/services";

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

interface Order {
  readonly id: number;
}

export async function kept(nc: Connection): Promise<number | undefined> {
  const bucket: Bucket = await kv(nc).create("orders", { history: 3 });
  const entry: Entry | undefined = await bucket.get("7");
  console.log(entry?.data.length, entry?.created.getTime());
  const orders = bucket.typed(json<Order>());
  try {
    await orders.put("7", { id: 7 });
  } catch (error) {
    if (isNatsError(error, "WRONG_REVISION")) console.log(error.key, error.revision);
  }
  for await (const event of orders.watch("*")) {
    if (event.type === "put") console.log(event.value.id);
    else if (event.type === "synced") break;
    else console.log(event.key, event.reason);
  }
  const view = await orders.view();
  return view.get("7")?.value.id;
}

export async function filed(nc: Connection): Promise<number> {
  const store = await objectStore(nc).create("files");
  const info: ObjectInfo = await store.put("a", new Blob(["x"]), {
    onProgress: ({ bytes }) => console.log(bytes),
  });
  for await (const chunk of await store.get(info.name)) console.log(chunk.length);
  return (await (await store.get("a")).bytes()).length;
}

const Shop = {
  buy: { subject: "shop.buy", request: json<Order>(), response: json<{ total: number }>() },
  greet: { subject: "shop.greet", response: text },
} satisfies Contract;

export async function served(nc: Connection): Promise<string> {
  const service = await services(nc).add({ name: "shop", version: "1.0.0" });
  service.endpoint("buy", ({ value }) => ({ total: value.id }), Shop.buy);
  service.endpoint("fail", () => {
    throw new ServiceError(400, "no");
  });
  const shop = services(nc).client(Shop);
  const { total } = await shop.buy({ id: 7 });
  for await (const { endpoints } of services(nc).stats()) console.log(endpoints[0]?.numRequests);
  return `${await shop.greet()} ${total.toFixed(2)}`;
}
