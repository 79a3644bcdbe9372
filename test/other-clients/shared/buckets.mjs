import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { assetName } from "./asset-name.mjs";

/** @import { Client } from "../clients/client.mjs" */

/**
 * One client writes, the other reads, changes what is there, and is heard by the first.
 *
 * @param {Client} writer
 * @param {Client} reader
 */
export async function entries(writer, reader) {
  const bucket = assetName("ENTRIES", writer, reader);
  await writer.kvCreate({ bucket, history: 5 });
  const first = await writer.kvPut({ bucket, key: "a.b", value: "1" });
  const second = await writer.kvPut({ bucket, key: "a.b", value: "zwei ü" });
  assert.deepEqual(await reader.kvGet({ bucket, key: "a.b" }), put("a.b", "zwei ü", second));
  assert.equal(await reader.kvGet({ bucket, key: "none" }), null);
  assert.deepEqual(await reader.kvHistory({ bucket, key: "a.b" }), [
    put("a.b", "1", first),
    put("a.b", "zwei ü", second),
  ]);

  // The last revision is one for both.
  await assert.rejects(reader.kvUpdate({ bucket, key: "a.b", value: "no", revision: first }));
  const third = await reader.kvUpdate({ bucket, key: "a.b", value: "3", revision: second });
  await assert.rejects(writer.kvUpdate({ bucket, key: "a.b", value: "no", revision: second }));
  await assert.rejects(writer.kvAdd({ bucket, key: "a.b", value: "no" }));
  assert.deepEqual(await writer.kvGet({ bucket, key: "a.b" }), put("a.b", "3", third));
}

/** @param {Client} writer @param {Client} reader */
export async function markers(writer, reader) {
  const bucket = assetName("MARKERS", writer, reader);
  await writer.kvCreate({ bucket, history: 5 });
  for (const key of ["deleted", "purged", "kept"]) {
    await writer.kvPut({ bucket, key, value: "1" });
    await writer.kvPut({ bucket, key, value: "2" });
  }
  await writer.kvDelete({ bucket, key: "deleted" });
  await writer.kvPurge({ bucket, key: "purged" });
  for (const key of ["deleted", "purged"]) assert.equal(await reader.kvGet({ bucket, key }), null);
  assert.deepEqual(await reader.kvKeys({ bucket }), ["kept"]);
  const kept = async (/** @type {string} */ key) =>
    (await reader.kvHistory({ bucket, key })).map(({ op, value }) => [op, value]);
  assert.deepEqual(await kept("deleted"), [
    ["put", "1"],
    ["put", "2"],
    ["delete", ""],
  ]);
  assert.deepEqual(await kept("purged"), [["purge", ""]]);

  // What was deleted by one can be created by the other.
  for (const key of ["deleted", "purged"]) {
    const revision = await reader.kvAdd({ bucket, key, value: "again" });
    assert.deepEqual(await writer.kvGet({ bucket, key }), put(key, "again", revision));
  }
}

/** @param {Client} writer @param {Client} reader */
export async function timeToLive(writer, reader) {
  const bucket = assetName("TTL", writer, reader);
  // With more than one revision nats-server 2.15 would raise each ttl to that of the markers.
  await writer.kvCreate({ bucket, markerTtl: 60_000 });
  await writer.kvPut({ bucket, key: "left", value: "1" });
  const there = await reader.kvWatch({ bucket, count: 1 });
  assert.deepEqual(
    there.map(({ key }) => key),
    ["left"],
  );
  await writer.kvAdd({ bucket, key: "short", value: "soon gone", ttl: 1000 });
  await writer.kvPurge({ bucket, key: "left", ttl: 1000 });
  // The server ends what has lived: with a marker for an entry, with nothing for a marker.
  const changes = await reader.kvWatched({ bucket, count: 3 });
  assert.deepEqual(
    changes.map(({ key, op, value }) => [key, op, value]),
    [
      ["short", "put", "soon gone"],
      ["left", "purge", ""],
      ["short", "purge", ""],
    ],
  );
  assert.equal(await reader.kvGet({ bucket, key: "short" }), null);
  while ((await reader.kvHistory({ bucket, key: "left" }).catch(noneLeft)).length > 0) await sleep(50);
}

/** nats.go has an error for a key without a history. @param {Error} error @returns {[]} */
function noneLeft(error) {
  assert.match(error.message, /key not found/);
  return [];
}

/** @param {Client} writer @param {Client} reader */
export async function watching(writer, reader) {
  const bucket = assetName("WATCHED", writer, reader);
  await writer.kvCreate({ bucket });
  await writer.kvPut({ bucket, key: "a", value: "1" });
  await writer.kvPut({ bucket, key: "b", value: "1" });
  await writer.kvDelete({ bucket, key: "b" });
  const there = await reader.kvWatch({ bucket, count: 2 });
  assert.deepEqual(
    there.map(({ key, op }) => [key, op]),
    [
      ["a", "put"],
      ["b", "delete"],
    ],
  );
  const revision = await writer.kvPut({ bucket, key: "c", value: "new" });
  await writer.kvPurge({ bucket, key: "a" });
  assert.deepEqual(await reader.kvWatched({ bucket, count: 2 }), [
    put("c", "new", revision),
    { key: "a", op: "purge", value: "", revision: revision + 1 },
  ]);
}

/** @param {string} key @param {string} value @param {number} revision */
function put(key, value, revision) {
  return { key, op: "put", value, revision };
}
