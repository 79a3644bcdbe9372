/**
 * How things stand between an outbox and its transport:
 * - `open`: the transport takes what it is given.
 * - `writing`: it is being given something; what is published from within that call waits.
 * - `busy`: what it was given has not left, and it takes nothing more.
 * - `absent`: there is no transport.
 */
export type OutboxWay = "open" | "writing" | "busy" | "absent";
