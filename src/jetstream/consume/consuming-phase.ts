/**
 * active: messages come in. draining: no more is asked for, and what is on its way comes in. finishing: all has come, and is
 * handed out. closed: nothing is handed out.
 */
export type ConsumingPhase = "active" | "draining" | "finishing" | "closed";

export const CONSUMING_MOVES: Readonly<Record<ConsumingPhase, readonly ConsumingPhase[]>> = {
  active: ["draining", "finishing", "closed"],
  draining: ["finishing", "closed"],
  finishing: ["closed"],
  closed: [],
};
