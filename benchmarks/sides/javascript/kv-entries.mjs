import { measureRepeated } from "./repeated.mjs";

/** Rounds of puts or gets, so many at a time. */
export async function kvEntries(library, params) {
  const { url, size, mode, inFlight, keys } = params;
  const nc = await library.connect(url);
  const bucket = await library.bucket(nc, "BENCH");
  const payload = new Uint8Array(size).fill(97);
  const put = async (key) => void (await bucket.put(key, payload));
  const get = async (key) => {
    const length = await bucket.get(key);
    if (length !== size) throw new Error(`${key} has ${length} bytes`);
  };
  /** @param {(key: string) => Promise<void>} act @param {number} workers */
  const round = async (act, workers) => {
    let next = 0;
    const worker = async () => {
      while (next < keys) await act(`key.${next++}`);
    };
    await Promise.all(Array.from({ length: workers }, worker));
    return keys;
  };
  await round(put, 100);
  const result = await measureRepeated(() => round(mode === "put" ? put : get, inFlight), params);
  await bucket.remove();
  await nc.close();
  return result;
}
