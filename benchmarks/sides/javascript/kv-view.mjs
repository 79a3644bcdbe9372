import { fillBucket } from "./fill-bucket.mjs";
import { Measurement } from "./measurement.mjs";
import { settledMemory } from "./memory.mjs";

const NAME = "BENCH";

/** Weighs the process before and after it has a view of the bucket. */
export async function kvView(library, { url, size, messages }) {
  const nc = await library.connect(url);
  const bucket = await library.bucket(nc, NAME);
  await fillBucket(nc, bucket, NAME, size, messages);
  const before = await settledMemory();
  const measurement = new Measurement();
  measurement.start();
  const view = await bucket.view();
  measurement.stop();
  const after = await settledMemory();
  if (view.size !== messages) throw new Error(`${view.size} of ${messages} keys`);
  await view[Symbol.asyncDispose]();
  await bucket.remove();
  await nc.close();
  return { ...measurement.result(messages), rssBytes: after, bytesPerMessage: (after - before) / messages };
}
