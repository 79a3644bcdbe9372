/** The most milliseconds that a timer can wait: in every runtime longer timers fire at once. */
export const LONGEST_TIMER: number = 2_147_483_647;
