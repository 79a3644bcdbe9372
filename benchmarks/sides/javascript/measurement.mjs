/** The clock and the CPU account of one measured part. */
export class Measurement {
  #startedAt = 0;
  #cpuAtStart;
  seconds = 0;
  cpuSeconds = 0;

  start() {
    this.#cpuAtStart = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  stop() {
    this.seconds = (performance.now() - this.#startedAt) / 1000;
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    this.cpuSeconds = (user + system) / 1e6;
  }

  result(messages) {
    const { seconds, cpuSeconds } = this;
    return { messages, seconds, cpuSeconds, rssBytes: process.memoryUsage.rss() };
  }
}

/** The garbage of the warm-up is not charged to the measured part. */
export function collectGarbage() {
  globalThis.gc?.();
}
