/** The seed and how many streams, as `npm run fuzz` gives them; in the tests a seed that is always the same. */
export function fuzzOptions(usual: number): { seed: number; streams: number } {
  const { NATSPEED_FUZZ_SEED: seed = "1", NATSPEED_FUZZ_STREAMS: streams = String(usual) } = process.env;
  return { seed: Number(seed), streams: Number(streams) };
}
