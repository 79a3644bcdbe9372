import type { Publication } from "./publication.ts";

/** The queue group that servers of a cluster use among themselves. */
export const SYSTEM_QUEUE = "_sys_";

const DOLLAR = 36;
const UNDERSCORE = 95;

const ROUTED = /^(?:_GR_|\$GR)\../s;
const REPLIES = /^(?:_R_\.|(?:\$JS\.ACK|_GR_|\$GR)\..)/s;

/** Whom a subject is kept for: gateways, the groups of Raft (for which the system account may speak), or nobody. */
export type Reservation = "gateways" | "raft" | undefined;

export function reservationOf(publication: Publication): Reservation {
  const first = publication.bytes[publication.subjectStart];
  if (first !== DOLLAR && first !== UNDERSCORE) return undefined;
  const { subject } = publication;
  if (ROUTED.test(subject)) return "gateways";
  return subject.startsWith("$NRG.") ? "raft" : undefined;
}

/** Whether a reply subject is kept for what passes between servers and accounts. */
export function isReservedReply(reply: string): boolean {
  return REPLIES.test(reply);
}
