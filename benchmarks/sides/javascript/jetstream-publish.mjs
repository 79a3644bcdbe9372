import { Measurement, collectGarbage } from "./measurement.mjs";

const STREAM = "BENCH";
const SUBJECT = "jsbench.a";
/** A window is filled this often between two looks at the clock. */
const BURST = 20_000;

const loops = {
  async window(js, payload) {
    await js.publishMany(SUBJECT, payload, BURST);
    return BURST;
  },

  async one(js, payload) {
    await js.publish(SUBJECT, payload);
    return 1;
  },
};

/** What is counted was acked. */
export async function jetStreamPublish(library, { url, size, mode, storage, seconds, warmupSeconds }) {
  const nc = await library.connect(url);
  const js = await library.jetstream(nc);
  // A side that failed has left one.
  await js.deleteStream(STREAM).catch(() => undefined);
  await js.createStream({ name: STREAM, subjects: ["jsbench.>"], storage });
  const payload = new Uint8Array(size).fill(97);
  const publishFor = async (limit) => {
    const end = performance.now() + limit * 1000;
    let messages = 0;
    do messages += await loops[mode](js, payload);
    while (performance.now() < end);
    return messages;
  };
  const before = await publishFor(warmupSeconds);
  collectGarbage();

  const measurement = new Measurement();
  measurement.start();
  const messages = await publishFor(seconds);
  measurement.stop();
  const result = measurement.result(messages);
  const stored = await js.storedIn(STREAM);
  if (stored !== before + messages) throw new Error(`${stored} stored of ${before + messages} acked`);
  await js.deleteStream(STREAM);
  await nc.close();
  return result;
}
