/** What a stream says of itself. */
export interface StreamCounts {
  readonly messages: number;
  readonly lastSeq: number;
}

/**
 * Whether more has gone from a stream than what came can have replaced: a write removes as many messages of its key as the
 * history keeps, at most. What went besides was removed by hand, or was too old.
 */
export function hasShrunk(before: StreamCounts, now: StreamCounts, history: number): boolean {
  const added = now.lastSeq - before.lastSeq;
  const removed = before.messages + added - now.messages;
  return removed > added * history;
}
