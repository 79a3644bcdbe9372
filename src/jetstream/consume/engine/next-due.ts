import type { BackOff } from "./back-off.ts";
import type { Ending } from "./ending.ts";
import type { Inquiry } from "./inquiry.ts";
import type { PullLedger } from "./pull-ledger.ts";
import type { PullState } from "./pull-state.ts";
import type { SilenceWatch } from "./silence-watch.ts";

/** What an engine waits for. */
export interface Awaited {
  readonly ending: Pick<Ending, "endsAt">;
  readonly inquiry: Pick<Inquiry, "askAt">;
  readonly ledger: Pick<PullLedger, "open" | "settling" | "deadline">;
  readonly watch: Pick<SilenceWatch, "dueAt">;
  readonly backOff: Pick<BackOff, "until">;
}

/** When something is to be done though nothing happens; `Infinity` for never. */
export function nextDue(
  state: PullState,
  { ending, inquiry, ledger, watch, backOff }: Awaited,
  at: number,
): number {
  const { endsAt } = ending;
  if (state === "paused") return endsAt;
  if (state === "verifying") return Math.min(inquiry.askAt, endsAt);
  if (state !== "running") return Infinity;
  const { open, settling, deadline } = ledger;
  const silence = open > 0 && at < endsAt ? watch.dueAt : Infinity;
  const end = open + settling > 0 ? Infinity : endsAt;
  const pull = backOff.until > at ? backOff.until : Infinity;
  return Math.min(deadline, silence, end, pull);
}
