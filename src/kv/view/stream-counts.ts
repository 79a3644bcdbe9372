/** What the info of a stream says. */
export interface StreamCounts {
  readonly messages: number;
  readonly lastSeq: number;
}

/**
 * Whether a stream has lost more messages than its new ones can have replaced. A write removes as many messages of its key as the
 * history keeps, at most. Any further message was removed by hand, or its time was up.
 */
export function hasShrunk(before: StreamCounts, now: StreamCounts, history: number): boolean {
  const added = now.lastSeq - before.lastSeq;
  const removed = before.messages + added - now.messages;
  return removed > added * history;
}
