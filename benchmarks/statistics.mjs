export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median with the spread that it was taken from. */
export function summary(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** What is read off a result line of a side. */
export const measures = {
  throughput: ({ messages, seconds }) => messages / seconds,
  cpu: ({ messages, cpuSeconds }) => (cpuSeconds * 1e6) / messages,
  memory: ({ bytesPerMessage }) => bytesPerMessage,
  p50: ({ p50 }) => p50,
  p99: ({ p99 }) => p99,
};

/** The summary of one measure over the rounds; undefined where the side has no such figure. */
export function figure(results, measure) {
  const values = (results ?? []).map(measures[measure]);
  return values.length > 0 && values.every(Number.isFinite) ? summary(values) : undefined;
}

/** The ratios round by round: both sides of a round met the same state of the machine. */
export function ratio(results, against, measure) {
  if (!figure(results, measure) || !figure(against, measure)) return undefined;
  return summary(
    results.map((result, round) => measures[measure](result) / measures[measure](against[round])),
  );
}
