import assert from "node:assert/strict";
import { filling, sumOf } from "../clients/filling.mjs";
import { assetName } from "./asset-name.mjs";

/** @import { Client } from "../clients/client.mjs" */

const SIZE = 300_000;
const CHUNK = 50_000;
// nats.js 3.4 takes other bytes than UTF-8 for names beyond ASCII, and finds no others.
const NAME = "odd / name.bin";

/** @param {Client} writer @param {Client} reader */
export async function objects(writer, reader) {
  const store = assetName("FILES", writer, reader);
  await writer.objCreate({ store });
  const meta = { description: "of both", headers: { "X-Kind": "test" }, metadata: { owner: "joe" } };
  await writer.objPut({ store, name: NAME, size: SIZE, chunkSize: CHUNK, ...meta });
  await writer.objPut({ store, name: "empty", size: 0 });
  const expected = sumOf(filling(SIZE));
  assert.deepEqual(await reader.objGet({ store, name: NAME }), expected);
  assert.deepEqual(await reader.objGet({ store, name: "empty" }), sumOf(filling(0)));
  assert.deepEqual(await reader.objList({ store }), ["empty", NAME]);

  const info = await reader.objInfo({ store, name: NAME });
  assert.deepEqual(
    { ...info, digest: padded(info?.digest) },
    {
      name: NAME,
      size: SIZE,
      chunks: SIZE / CHUNK,
      deleted: false,
      description: "of both",
      header: "test",
      metadata: { owner: "joe" },
      digest: digestOf(expected.sha256),
    },
  );

  await overwrite(writer, reader, store);
  await link(writer, reader, store);
  await rename(writer, reader, store);
  await remove(writer, reader, store);
  await writer.objSeal({ store });
  await assert.rejects(reader.objPut({ store, name: "late", size: 1 }));
}

/** One writes over what the other has written. @param {Client} writer @param {Client} reader @param {string} store */
async function overwrite(writer, reader, store) {
  await reader.objPut({ store, name: "empty", size: 10 });
  assert.deepEqual(await writer.objGet({ store, name: "empty" }), sumOf(filling(10)));
}

/** @param {Client} writer @param {Client} reader @param {string} store */
async function link(writer, reader, store) {
  await writer.objLink({ store, name: "link", to: NAME });
  assert.deepEqual((await reader.objInfo({ store, name: "link" }))?.link, { store, object: NAME });
  assert.deepEqual(await reader.objGet({ store, name: "link" }), sumOf(filling(SIZE)));
}

/** @param {Client} writer @param {Client} reader @param {string} store */
async function rename(writer, reader, store) {
  await writer.objRename({ store, name: "empty", to: "renamed" });
  assert.deepEqual(await reader.objGet({ store, name: "renamed" }), sumOf(filling(10)));
  assert.deepEqual(await reader.objList({ store }), ["link", NAME, "renamed"]);
  await reader.objRename({ store, name: "renamed", to: "and back" });
  assert.deepEqual(await writer.objGet({ store, name: "and back" }), sumOf(filling(10)));
}

/** @param {Client} writer @param {Client} reader @param {string} store */
async function remove(writer, reader, store) {
  await writer.objDelete({ store, name: "and back" });
  await assert.rejects(reader.objGet({ store, name: "and back" }));
  const { deleted, size } = (await reader.objInfo({ store, name: "and back" })) ?? { deleted: true, size: 0 };
  assert.deepEqual({ deleted, size }, { deleted: true, size: 0 });
  await reader.objPut({ store, name: "and back", size: 20 });
  assert.deepEqual(await writer.objGet({ store, name: "and back" }), sumOf(filling(20)));
}

/** Clients differ in whether `=` is at the end. @param {string | undefined} digest */
function padded(digest = "") {
  return digest.replace(/=*$/, "");
}

/** @param {string} hex */
function digestOf(hex) {
  return padded(`SHA-256=${Buffer.from(hex, "hex").toString("base64url")}`);
}
