/**
 * active: messages come in. draining: the server is asked for no more, and what is on its way comes in. finishing: all has
 * come, and is handed out. closed: nothing is handed out.
 */
export type SubscriptionPhase = "active" | "draining" | "finishing" | "closed";

/** Which phase can follow which. */
export const PHASES: Readonly<Record<SubscriptionPhase, readonly SubscriptionPhase[]>> = {
  active: ["draining", "finishing", "closed"],
  draining: ["finishing", "closed"],
  finishing: ["closed"],
  closed: [],
};
