import { Measurement, collectGarbage } from "./measurement.mjs";
import { subjectsOf } from "../subjects.mjs";
import { HEADERS, jsonText } from "../typical.mjs";

const [SUBJECT] = subjectsOf(1);
const YIELD_EVERY = 1000;

const loops = {
  async loop(nc, payload, messages) {
    for (let i = 0; i < messages; i++) nc.publish(SUBJECT, payload);
  },

  async yield(nc, payload, messages, options) {
    for (let i = 1; i <= messages; i++) {
      if (options === undefined) nc.publish(SUBJECT, payload);
      else nc.publish(SUBJECT, payload, options());
      if (i % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  },

  async ready(nc, payload, messages) {
    for (let i = 0; i < messages; i++) {
      await nc.ready();
      nc.publish(SUBJECT, payload);
    }
  },
};

/** Each burst ends with a flush: every byte has reached the server. */
export async function publish(library, params) {
  const { url, size, mode, burst, seconds, warmupSeconds, content, headers } = params;
  const nc = await library.connect(url);
  const payload = content === "json" ? jsonText(size) : new Uint8Array(size).fill(97);
  const options = headers ? () => ({ headers: library.headers(HEADERS) }) : undefined;
  const publishFor = async (limit) => {
    const end = performance.now() + limit * 1000;
    let messages = 0;
    do {
      await loops[mode](nc, payload, burst, options);
      await nc.flush();
      messages += burst;
    } while (performance.now() < end);
    return messages;
  };
  await publishFor(warmupSeconds);
  collectGarbage();

  const measurement = new Measurement();
  measurement.start();
  const messages = await publishFor(seconds);
  measurement.stop();
  const result = measurement.result(messages);
  await nc.close();
  return result;
}
