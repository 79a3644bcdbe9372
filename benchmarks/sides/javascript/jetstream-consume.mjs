import { Measurement, collectGarbage } from "./measurement.mjs";

const STREAM = "BENCH";
const SUBJECT = "jsbench.a";

/** The server throws away what comes while 100,000 messages wait to be stored. */
const AT_ONCE = 50_000;

/** Publishes without acks, and waits until the stream has it all. */
async function fill(nc, js, payload, messages) {
  for (let sent = AT_ONCE; sent <= messages; sent += AT_ONCE) {
    for (let i = 0; i < AT_ONCE; i++) nc.publish(SUBJECT, payload);
    while ((await js.storedIn(STREAM)) < sent) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Reads what is stored from the beginning, with a new consumer each time, until the time is up. */
export async function jetStreamConsume(library, params) {
  const { url, size, mode, acks, capacity, storage, stored, seconds, warmupSeconds } = params;
  const nc = await library.connect(url);
  const js = await library.jetstream(nc);
  // A side that failed has left one.
  await js.deleteStream(STREAM).catch(() => undefined);
  await js.createStream({ name: STREAM, subjects: ["jsbench.>"], storage });
  await fill(nc, js, new Uint8Array(size).fill(97), stored);
  const readFor = async (limit) => {
    const end = performance.now() + limit * 1000;
    let messages = 0;
    do {
      const read = { messages: 0, bytes: 0, wanted: stored, isOver: () => performance.now() >= end };
      await js.read[mode](STREAM, { acks, capacity }, read);
      if (read.bytes !== read.messages * size)
        throw new Error(`${read.bytes} bytes in ${read.messages} messages`);
      messages += read.messages;
    } while (performance.now() < end);
    return messages;
  };
  await readFor(warmupSeconds);
  collectGarbage();

  const measurement = new Measurement();
  measurement.start();
  const messages = await readFor(seconds);
  measurement.stop();
  const result = measurement.result(messages);
  await js.deleteStream(STREAM);
  await nc.close();
  return result;
}
