const RESAMPLES = 2000;
/** With fewer rounds an interval says little. */
const FEWEST_ROUNDS = 5;

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The median, and between `low` and `high` the medians of 95 % of resamples of the rounds (a bootstrap): where the median
 * of very many rounds would lie.
 *
 * @param {readonly number[]} values
 */
export function summary(values) {
  const random = generator(values.length);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)])),
  ).toSorted((a, b) => a - b);
  return {
    median: median(values),
    low: medians[Math.floor(RESAMPLES * 0.025)],
    high: medians[Math.ceil(RESAMPLES * 0.975) - 1],
    rounds: values.length,
  };
}

/** The same figures give the same page. (Mulberry32) @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is read off a result line of a side. */
export const measures = {
  throughput: ({ messages, seconds }) => messages / seconds,
  cpu: ({ messages, cpuSeconds }) => (cpuSeconds * 1e6) / messages,
  memory: ({ bytesPerMessage }) => bytesPerMessage,
  peak: ({ peakBytes }) => peakBytes / 1024 ** 2,
  p50: ({ p50 }) => p50,
  p99: ({ p99 }) => p99,
};

/**
 * The summary of one measure over the rounds; undefined where the side has no such figure.
 *
 * @param {readonly Readonly<Record<string, any>>[]} rounds
 */
export function figure(rounds, side, measure) {
  return summaryOf(rounds.map((round) => round[side] && measures[measure](round[side])));
}

/** The ratios round by round: both sides of a round met the same state of the machine. */
export function ratio(rounds, side, against, measure) {
  return summaryOf(
    rounds.map(
      (round) =>
        round[side] && round[against] && measures[measure](round[side]) / measures[measure](round[against]),
    ),
  );
}

function summaryOf(values) {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? undefined : summary(finite);
}

/** Whether a bound is kept: only if the whole interval says so, or its opposite, it is decided. */
export function verdict({ atLeast = -Infinity, atMost = Infinity }, measured) {
  if (!measured) return "not measured";
  const { low, high, rounds } = measured;
  if (rounds < FEWEST_ROUNDS) return "undecided";
  if (low >= atLeast && high <= atMost) return "yes";
  return high < atLeast || low > atMost ? "**no**" : "undecided";
}
