import { isNatsError } from "./errors.ts";

/**
 * How a wait for all that is on its way has ended:
 * - `reached`: it has come, and the server has processed what was sent before.
 * - `time-up`: the limit or the signal of the wait came first.
 * - `link-lost`: nothing more comes, and what was on its way is gone.
 */
export type BarrierEnd = "reached" | "time-up" | "link-lost";

/** The end that a wait for a PONG came to. */
export function barrierEnd(answered: Promise<void>): Promise<BarrierEnd> {
  return answered.then(
    () => "reached",
    (error: unknown) =>
      isNatsError(error, "TIMEOUT") || isNatsError(error, "ABORTED") ? "time-up" : "link-lost",
  );
}

/** The end of several barriers: reached if each was. */
export function endOfAll(ends: readonly BarrierEnd[]): BarrierEnd {
  return ends.find((end) => end === "time-up") ?? ends.find((end) => end === "link-lost") ?? "reached";
}
