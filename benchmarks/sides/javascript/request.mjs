import { Measurement, collectGarbage } from "./measurement.mjs";
import { ECHO_SUBJECT } from "../subjects.mjs";

const TIMEOUT_MS = 10_000;

/** Something that becomes true after a time. */
function timeUp(seconds) {
  const state = { isOver: false };
  setTimeout(() => (state.isOver = true), seconds * 1000);
  return state;
}

async function ask(requester, payload) {
  const reply = await requester.request(ECHO_SUBJECT, payload, { timeout: TIMEOUT_MS });
  if (reply.data.length !== payload.length) throw new Error(`a reply held ${reply.data.length} bytes`);
}

/** Returns each round trip in milliseconds. */
async function oneByOne(requester, payload, limit) {
  const roundTrips = [];
  let before = performance.now();
  while (!limit.isOver) {
    await ask(requester, payload);
    const now = performance.now();
    roundTrips.push(now - before);
    before = now;
  }
  return roundTrips;
}

/** Returns how many there were. */
async function together(requester, payload, limit, inFlight) {
  let messages = 0;
  const worker = async () => {
    while (!limit.isOver) {
      await ask(requester, payload);
      messages++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return messages;
}

function percentile(sorted, fraction) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}

/** Round trips are given in microseconds. */
function latency(roundTrips) {
  const sorted = roundTrips.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5) * 1000, p99: percentile(sorted, 0.99) * 1000 };
}

/** `run(seconds)` asks for that long and returns the number of requests, or their round trips. */
export async function measureRequests(run, { seconds, warmupSeconds }) {
  await run(timeUp(warmupSeconds));
  collectGarbage();
  const measurement = new Measurement();
  measurement.start();
  const done = await run(timeUp(seconds));
  measurement.stop();
  return typeof done === "number"
    ? measurement.result(done)
    : { ...measurement.result(done.length), ...latency(done) };
}

export async function request(library, params) {
  const { url, size, inFlight } = params;
  const responder = await library.connect(url);
  await library.echo(responder, ECHO_SUBJECT);
  await responder.flush();
  const requester = await library.connect(url);
  const payload = new Uint8Array(size).fill(97);
  const result = await measureRequests(
    (limit) =>
      inFlight === 1 ? oneByOne(requester, payload, limit) : together(requester, payload, limit, inFlight),
    params,
  );
  await requester.close();
  await responder.close();
  return result;
}
