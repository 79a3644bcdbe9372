/** Milliseconds that no test waits: what ends before that did not end because of it. */
export const NEVER = 600_000;
