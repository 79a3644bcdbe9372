import type { PullStatus } from "./pull-engine-types.ts";

/**
 * What a status says about the rest of its pull: the messages that were asked for and have not come.
 * - `kept`: nothing; the pull goes on.
 * - `refused`: the pull was never taken. All of it is void, whatever has come belongs to others.
 * - `told`: `Nats-Pending-Messages` of them won't come. The others may still be on their way, for at R > 1 a status may
 *   overtake data. Without the header: as `void`.
 * - `void`: none of them will come, nor be on its way.
 * - `older`: the same for this pull and those before it.
 * - `all`: the same for every pull.
 */
export type Rest = "kept" | "refused" | "told" | "void" | "older" | "all";

/** What the engine does next; `pull-engine.ts` has a function for each. */
export type Reaction =
  | "none"
  | "refuse"
  | "dry"
  | "timed-out"
  | "again"
  | "completed"
  | "too-large"
  | "leader-changed"
  | "missing"
  | "wrong-kind"
  | "too-old"
  | "limited-batch"
  | "limited-expires"
  | "limited-bytes"
  | "busy"
  | "shutdown"
  | "unpinned"
  | "no-responders"
  | "unknown";

export interface StatusRow {
  readonly code: number;
  /** How the text begins; "" is any text of this code. The first row that fits counts. */
  readonly text: string;
  readonly rest: Rest;
  readonly reaction: Reaction;
}

const row = (code: number, text: string, rest: Rest, reaction: Reaction): StatusRow => ({
  code,
  text,
  rest,
  reaction,
});

/**
 * All statuses that a pull can receive from nats-server 2.15.2, as `consumer.go` spells them. A pull can also end without
 * any: filled (JS-STATUS-31), byte budget spent exactly (32), no interest for a moment (33), too many pulls while it has a
 * heartbeat (34), the leader lost without a successor's word (35). The ledger finds the first two by counting, the silence
 * watch and the deadlines find the others. Requests always have `expires` or `no_wait`, so that 36 can't happen.
 */
export const STATUS_ROWS: readonly StatusRow[] = [
  row(100, "Idle Heartbeat", "kept", "none"), // JS-STATUS-01, 02
  row(100, "FlowControl Request", "kept", "none"), // JS-STATUS-03: of push consumers
  row(400, "Bad Request - heartbeat value too large", "refused", "refuse"), // JS-STATUS-05
  row(400, "Bad Request - Not a Overflow Priority consumer", "refused", "refuse"), // JS-STATUS-06
  row(400, "Bad Request - Not a Pinned Client Priority consumer", "refused", "refuse"), // JS-STATUS-07
  row(400, "Bad Request - Priority must be between 0 and 9", "refused", "refuse"), // JS-STATUS-08
  row(400, "Bad Request - Priority Group missing", "refused", "refuse"), // JS-STATUS-09
  row(400, "Bad Request - Invalid Priority Group", "refused", "refuse"), // JS-STATUS-10
  row(400, "", "refused", "refuse"), // JS-STATUS-04: "Bad Request - " and what the JSON parser says
  row(404, "No Messages", "void", "dry"), // JS-STATUS-11, 12
  row(408, "Requests Pending", "refused", "dry"), // JS-STATUS-13
  row(408, "Request Timeout", "told", "timed-out"), // JS-STATUS-14, 15
  row(408, "Interest Expired", "told", "again"), // JS-STATUS-16
  row(409, "Batch Completed", "told", "completed"), // JS-STATUS-17
  row(409, "Message Size Exceeds MaxBytes", "told", "too-large"), // JS-STATUS-18
  row(409, "Leadership Change", "older", "leader-changed"), // JS-STATUS-19
  row(409, "Consumer Deleted", "all", "missing"), // JS-STATUS-20
  row(409, "Consumer is push based", "all", "wrong-kind"), // JS-STATUS-21
  row(409, "Exceeded MaxRequestBatch of ", "refused", "limited-batch"), // JS-STATUS-22
  row(409, "Exceeded MaxRequestExpires of ", "refused", "limited-expires"), // JS-STATUS-23
  row(409, "Exceeded MaxRequestMaxBytes of ", "refused", "limited-bytes"), // JS-STATUS-24
  row(409, "Exceeded MaxWaiting", "refused", "busy"), // JS-STATUS-25
  row(409, "Server Shutdown", "told", "shutdown"), // JS-STATUS-26
  row(412, "", "all", "too-old"), // JS-STATUS-27: "Required Api Level"
  row(423, "Nats-Pin-Id mismatch", "refused", "unpinned"), // JS-STATUS-28
  row(423, "", "told", "unpinned"), // JS-STATUS-29: "Nats-Wrong-Pin-Id"; no headers before 2.12.5
  row(503, "", "refused", "no-responders"), // JS-STATUS-30
];

/** A status of a newer server: the pull is taken for ended, the application is told, and the engine goes on. */
const UNKNOWN: StatusRow = row(0, "", "told", "unknown");

/** Finds what is known about a status. Upper and lower case are alike: the text is for people. */
export function statusRow({ code, text }: Pick<PullStatus, "code" | "text">): StatusRow {
  const lower = text.toLowerCase();
  return (
    STATUS_ROWS.find((known) => known.code === code && lower.startsWith(known.text.toLowerCase())) ?? UNKNOWN
  );
}
