/** A tour of key-value, objects and services: `npm run demo -- --nats-server` runs it against a server of its own; or pass the URL of one. */
import { connect, isNatsError } from "natspeed";
import { kv } from "natspeed/kv";
import { objectStore } from "natspeed/object-store";
import { ServiceError, services } from "natspeed/services";

const url = process.argv[2] ?? "nats://127.0.0.1:4222";

function title(text: string): void {
  console.log(`\n${text}`);
}

function show(text: string): void {
  console.log(`  ${text}`);
}

const nc = await connect({ servers: url, name: "key-value tour" });

title("A bucket has keys, values and revisions");
const bucket = await kv(nc).create("TOUR", { history: 5, limitMarkerTtl: 5_000 });
const revision = await bucket.put("db.host", "10.0.0.1");
await bucket.update("db.host", "10.0.0.2", revision);
try {
  await bucket.update("db.host", "10.0.0.3", revision);
} catch (error) {
  if (!isNatsError(error, "WRONG_REVISION")) throw error;
  show(`somebody was quicker: ${error.code}, the key is at ${error.revision}`);
}
for await (const entry of bucket.history("db.host"))
  show(`revision ${entry.revision}: ${entry.type === "put" ? entry.string() : "deleted"}`);

title("A view is a replica in memory, and has what was just written");
{
  await using view = await bucket.view("db.>");
  await bucket.put("db.port", "5432");
  show(`${view.size} keys; db.port is ${view.get("db.port")?.string()}`);
}

title("A hundred increments by four at once, none lost");
const counter = async (): Promise<void> => {
  for (let i = 0; i < 25; i++)
    await bucket.transact(
      "count",
      (value) => `${Number(new TextDecoder().decode(value ?? new Uint8Array())) + 1}`,
      {
        attempts: 100,
      },
    );
};
await Promise.all([counter(), counter(), counter(), counter()]);
show(`the count is ${(await bucket.get("count"))?.string()}`);

title("A lock is one program's, and carries a fence");
{
  await using lock = await bucket.lock("nightly", { ttl: 5000, holder: "host-1" });
  show(`held, with fence ${lock.fence > 0 ? "above 0" : lock.fence}`);
  try {
    await bucket.lock("nightly", { timeout: 100, holder: "host-2" });
  } catch (error) {
    if (!isNatsError(error, "LOCK_HELD")) throw error;
    show(`${error.code}: by ${error.holder}`);
  }
}
show(`released, and taken again: ${(await bucket.lock("nightly", { timeout: 1000 })).key}`);

title("Objects of any size, in chunks, with a digest");
const store = await objectStore(nc).create("TOUR");
const info = await store.put("numbers.bin", new Uint8Array(20_000_000).fill(7), {
  description: "many sevens",
});
show(`${info.size} bytes in ${info.chunks} chunks, ${info.digest}`);
let received = 0;
for await (const chunk of await store.get("numbers.bin")) received += chunk.length;
show(`read ${received} bytes, the digest is right`);
const range = await store.get("numbers.bin", { range: { start: 10_000_000, end: 10_000_010 } });
show(`ten from the middle: ${(await range.bytes()).join(" ")}`);

title("A service is found, called, and says what went wrong");
const service = await services(nc).add({ name: "prices", version: "1.0.0", description: "what things cost" });
service.endpoint("quote", (request) => {
  if (request.string() !== "coffee") throw new ServiceError(404, `no ${request.string()} here`);
  return { item: "coffee", cents: 250 };
});
const client = services(nc);
show(`coffee: ${(await client.request("quote", "coffee")).json<{ cents: number }>().cents} cents`);
try {
  await client.request("quote", "tea");
} catch (error) {
  if (!isNatsError(error, "SERVICE_ERROR")) throw error;
  show(`tea: ${error.status} ${error.description}`);
}
for await (const one of client.stats({ name: "prices" }))
  show(
    `${one.name} ${one.version}: ${one.endpoints.map((e) => `${e.name} ${e.numRequests}/${e.numErrors}`).join()}`,
  );
await service.stop();

await kv(nc).delete("TOUR");
await objectStore(nc).delete("TOUR");
await nc.close();
title(`Done: ${nc.stats().outMessages} messages out, ${nc.stats().inMessages} in.`);
