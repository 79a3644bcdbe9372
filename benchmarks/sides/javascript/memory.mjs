import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Measurement, collectGarbage } from "./measurement.mjs";
import { CREDIT_SUBJECT, DONE_SUBJECT, NO_MORE, subjectsOf } from "../subjects.mjs";

const ARRIVAL_LIMIT_MS = 60_000;
const SETTLE_MS = 250;

// V8 hands freed pages back in the background, so one collection alone would weigh them too.
export async function settledMemory() {
  collectGarbage();
  await wait(SETTLE_MS);
  collectGarbage();
  await wait(SETTLE_MS);
  return process.memoryUsage.rss();
}

/** The peak begins anew: neither the program that began this one nor what ran before counts. Linux alone can do that. */
export function forgetPeak() {
  if (process.platform === "linux") writeFileSync("/proc/self/clear_refs", "5");
}

/** The most resident memory since {@link forgetPeak}. */
export function peakMemory() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
}

async function read(iterator, wanted) {
  let bytes = 0;
  for (let count = 0; count < wanted; count++) {
    const { done, value } = await iterator.next();
    if (done) throw new Error(`${count} messages were queued, ${wanted} were sent`);
    bytes += value.data.length;
  }
  return bytes;
}

async function within(ms, promise, failure) {
  const timer = new AbortController();
  const late = wait(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${failure} within ${ms} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
}

/**
 * Queues messages on a subscription that nobody reads, and weighs the process before and after.
 * They are read in the end, to prove that all of them were there.
 */
export async function memory(library, { url, size, messages, warmup }) {
  const nc = await library.connect(url);
  const subscription = nc.subscribe(subjectsOf(1)[0]);
  const arrived = new Promise((resolve) => library.onEach(nc, DONE_SUBJECT, resolve));
  const iterator = subscription[Symbol.asyncIterator]();
  await nc.flush();
  nc.publish(CREDIT_SUBJECT, String(warmup));
  await read(iterator, warmup);

  const before = await settledMemory();
  const measurement = new Measurement();
  measurement.start();
  nc.publish(CREDIT_SUBJECT, String(messages));
  nc.publish(CREDIT_SUBJECT, NO_MORE);
  await within(ARRIVAL_LIMIT_MS, arrived, "the messages did not arrive");
  measurement.stop();
  const after = await settledMemory();

  const bytes = await within(ARRIVAL_LIMIT_MS, read(iterator, messages), "the messages could not be read");
  if (bytes !== messages * size) throw new Error(`${messages} messages held ${bytes} bytes`);
  await nc.close();
  return {
    ...measurement.result(messages),
    granted: warmup + messages,
    rssBytes: after,
    bytesPerMessage: (after - before) / messages,
  };
}
