import assert from "node:assert/strict";
import { filling, sumOf } from "../clients/filling.mjs";
import { assetName } from "./asset-name.mjs";

/** @import { Client } from "../clients/client.mjs" */

/** What the command line can do with buckets, in both directions. @param {Client} writer @param {Client} reader */
export async function entriesByHand(writer, reader) {
  const bucket = assetName("BY_HAND", writer, reader);
  await writer.kvCreate({ bucket, history: 5, markerTtl: 60_000 });
  const first = await writer.kvPut({ bucket, key: "a.b", value: "1" });
  assert.deepEqual(await reader.kvGet({ bucket, key: "a.b" }), {
    key: "a.b",
    op: "put",
    value: "1",
    revision: first,
  });
  const second = await reader.kvUpdate({ bucket, key: "a.b", value: "2", revision: first });
  await assert.rejects(writer.kvUpdate({ bucket, key: "a.b", value: "no", revision: first }));
  await assert.rejects(writer.kvAdd({ bucket, key: "a.b", value: "no" }));
  assert.equal((await writer.kvGet({ bucket, key: "a.b" }))?.revision, second);
  await writer.kvAdd({ bucket, key: "lives", value: "long", ttl: 3_600_000 });
  assert.equal((await reader.kvGet({ bucket, key: "lives" }))?.value, "long");
  await writer.kvDelete({ bucket, key: "a.b" });
  assert.equal(await reader.kvGet({ bucket, key: "a.b" }), null);
  await reader.kvPut({ bucket, key: "a.b", value: "3" });
  await writer.kvPurge({ bucket, key: "a.b" });
  assert.equal(await reader.kvGet({ bucket, key: "a.b" }), null);
  assert.deepEqual(await reader.kvKeys({ bucket }), ["lives"]);
}

/** @param {Client} writer @param {Client} reader */
export async function objectsByHand(writer, reader) {
  const store = assetName("FILES", writer, reader);
  await writer.objCreate({ store });
  const meta = { description: "by hand", headers: { "X-Kind": "test" }, metadata: { owner: "joe" } };
  await writer.objPut({ store, name: "file", size: 300_000, chunkSize: 50_000, ...meta });
  assert.deepEqual(await reader.objGet({ store, name: "file" }), sumOf(filling(300_000)));
  await reader.objPut({ store, name: "file", size: 10 });
  assert.deepEqual(await writer.objGet({ store, name: "file" }), sumOf(filling(10)));
  await writer.objDelete({ store, name: "file" });
  await assert.rejects(reader.objGet({ store, name: "file" }));
  await writer.objSeal({ store });
  await assert.rejects(reader.objPut({ store, name: "late", size: 1 }));
}

/** The command line offers none. @param {Client} offering @param {Client} calling */
export async function servicesByHand(offering, calling) {
  const id = await offering.svcAdd({ name: "shared" });
  const { data } = await calling.svcCall({ subject: "shared.echo", value: "hello" });
  assert.equal(data.trim(), "hello");
  const found = await calling.svcFind({ name: "shared" });
  assert.equal(JSON.stringify(found).includes(id), true, JSON.stringify(found));
  await offering.svcStop({ name: "shared" });
}
