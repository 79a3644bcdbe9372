import { Measurement, collectGarbage } from "./measurement.mjs";
import { ECHO_SUBJECT } from "../subjects.mjs";

const TIMEOUT_MS = 10_000;

async function oneByOne(requester, payload, roundTrips) {
  let bytes = 0;
  let before = performance.now();
  for (let i = 0; i < roundTrips.length; i++) {
    const reply = await requester.request(ECHO_SUBJECT, payload, { timeout: TIMEOUT_MS });
    bytes += reply.data.length;
    const now = performance.now();
    roundTrips[i] = now - before;
    before = now;
  }
  return bytes;
}

async function together(requester, payload, messages, inFlight) {
  let bytes = 0;
  let left = messages;
  const worker = async () => {
    while (left-- > 0) {
      const reply = await requester.request(ECHO_SUBJECT, payload, { timeout: TIMEOUT_MS });
      bytes += reply.data.length;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return bytes;
}

function percentile(sorted, fraction) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}

/** Round trips are given in microseconds. */
function latency(roundTrips) {
  const sorted = roundTrips.toSorted();
  return { p50: percentile(sorted, 0.5) * 1000, p99: percentile(sorted, 0.99) * 1000 };
}

export async function request(library, { url, size, inFlight, messages, warmup }) {
  const responder = await library.connect(url);
  library.echo(responder, ECHO_SUBJECT);
  await responder.flush();
  const requester = await library.connect(url);
  const payload = new Uint8Array(size).fill(97);
  const roundTrips = new Float64Array(inFlight === 1 ? messages : 0);
  const run = (count, samples) =>
    inFlight === 1 ? oneByOne(requester, payload, samples) : together(requester, payload, count, inFlight);

  await run(warmup, new Float64Array(warmup));
  collectGarbage();
  const measurement = new Measurement();
  measurement.start();
  const bytes = await run(messages, roundTrips);
  measurement.stop();

  if (bytes !== messages * size) throw new Error(`${messages} replies held ${bytes} bytes`);
  const result = measurement.result(messages);
  await requester.close();
  await responder.close();
  return inFlight === 1 ? { ...result, ...latency(roundTrips) } : result;
}
