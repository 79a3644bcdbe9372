import { Measurement, collectGarbage } from "./measurement.mjs";

/** Calls `run`, which gives what it has done, until the time is up: first to be warm, then to be measured. */
export async function measureRepeated(run, { seconds, warmupSeconds }) {
  const runFor = async (limit) => {
    const end = performance.now() + limit * 1000;
    let done = 0;
    do done += await run();
    while (performance.now() < end);
    return done;
  };
  await runFor(warmupSeconds);
  collectGarbage();
  const measurement = new Measurement();
  measurement.start();
  const done = await runFor(seconds);
  measurement.stop();
  return measurement.result(done);
}
