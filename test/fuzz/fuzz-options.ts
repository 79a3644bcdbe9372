/**
 * The seed and how many streams: as `npm run fuzz -- --seed 7` gives them, or `NATSPEED_FUZZ_SEED=7 npm test`; else a
 * seed that is another one each time, which the names of the tests tell.
 */
export function fuzzOptions(usual: number): { seed: number; streams: number } {
  const { NATSPEED_FUZZ_SEED: seed, NATSPEED_FUZZ_STREAMS: streams = String(usual) } = process.env;
  return {
    seed: seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(seed),
    streams: Number(streams),
  };
}
