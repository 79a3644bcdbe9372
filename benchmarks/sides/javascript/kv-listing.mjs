import { fillBucket } from "./fill-bucket.mjs";
import { measureRepeated } from "./repeated.mjs";

const NAME = "BENCH";

/** Lists all keys, or watches until all are there, again and again. */
export async function kvListing(library, params) {
  const { url, size, mode, keys } = params;
  const nc = await library.connect(url);
  const bucket = await library.bucket(nc, NAME);
  await fillBucket(nc, bucket, NAME, size, keys);
  const result = await measureRepeated(async () => {
    const listed = await bucket[mode](keys);
    if (listed !== keys) throw new Error(`${listed} of ${keys} keys`);
    return listed;
  }, params);
  await bucket.remove();
  await nc.close();
  return result;
}
