import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as wait } from "node:timers/promises";
import { Measurement } from "./measurement.mjs";
import { forgetPeak, peakMemory, settledMemory } from "./memory.mjs";
import { measureRepeated } from "./repeated.mjs";

const PIECE = 65_536;
/** Milliseconds in which a library that reads ahead would have read it all. */
const STALL = 2000;

async function* source(bytes) {
  for (let left = bytes; left > 0; left -= PIECE) yield new Uint8Array(Math.min(PIECE, left)).fill(97);
}

async function readAll(iterator) {
  let bytes = 0;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) bytes += next.value.length;
  return bytes;
}

const ways = {
  async put(store, bytes) {
    await store.put("measured", () => source(bytes));
    return bytes;
  },
  async get(store, bytes) {
    const read = await readAll(await store.open("stored"));
    if (read !== bytes) throw new Error(`${read} of ${bytes} bytes`);
    return read;
  },
};

/** In a process of its own: what a put needs is no peak of a get. */
async function storeApart(url, bytes) {
  const program = fileURLToPath(new URL("../store-object.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, url, "BENCH", "stored", `${bytes}`], { stdio: "inherit" });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error("the object was not stored");
}

async function stall(store) {
  const measurement = new Measurement();
  measurement.start();
  const iterator = await store.open("stored");
  const { value } = await iterator.next();
  await wait(STALL);
  measurement.stop();
  const result = measurement.result(value.length);
  await iterator.return?.();
  return result;
}

/** What is counted is bytes. The peak is that of the process, above what it had before the first large object. */
export async function objects(library, params) {
  const { url, mode, bytes } = params;
  const nc = await library.connect(url);
  const store = await library.store(nc, "BENCH");
  if (mode !== "put") await storeApart(url, bytes);
  const before = await settledMemory();
  forgetPeak();
  const result =
    mode === "stalled" ? await stall(store) : await measureRepeated(() => ways[mode](store, bytes), params);
  const peakBytes = peakMemory() - before;
  await store.remove();
  await nc.close();
  return { ...result, peakBytes };
}
