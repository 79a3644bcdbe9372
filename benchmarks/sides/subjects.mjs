/** The receiver tells the publisher here how many messages more it may send. */
export const CREDIT_SUBJECT = "bench.credit";
/** Said there in place of a number: nothing more will be granted. */
export const NO_MORE = "end";
/** The publisher tells here that it has sent everything. */
export const DONE_SUBJECT = "bench.done";
export const ECHO_SUBJECT = "bench.echo";

/** `bench.a` alone, or `bench.s0000`, `bench.s0001` ...: all of the same length. */
export function subjectsOf(count) {
  if (count === 1) return ["bench.a"];
  return Array.from({ length: count }, (_, i) => `bench.s${String(i).padStart(4, "0")}`);
}
