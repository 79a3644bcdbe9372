import { type Interest, SubscriptionTable } from "../../../src/core/delivery/subscription-table.ts";
import { LineLimit } from "../../../src/core/protocol/line-limit.ts";
import { latin1 } from "./bytes.ts";

/** What the interests of a test got, and the commands of its table. */
export const notes: string[] = [];

/** Somebody who writes down what it gets. */
export function anInterest(
  sid: number,
  facts: Partial<Pick<Interest, "queue" | "remaining" | "takesReplies">> = {},
): Interest {
  return {
    sid,
    subject: `s${sid}`,
    queue: undefined,
    takesReplies: false,
    remaining: undefined,
    ...facts,
    receive: () => void notes.push(`${sid} receives`),
    onRestored: () => undefined,
    unpin: () => void notes.push(`${sid} unpins`),
    onClosed: (error) => void notes.push(`${sid} ends: ${error.code}`),
  };
}

export function tableOf(...interests: Interest[]): SubscriptionTable {
  const table = new SubscriptionTable(
    (command) => void notes.push(latin1(command).trim()),
    new LineLimit(4096),
  );
  for (const interest of interests) table.add(interest);
  notes.length = 0;
  return table;
}

export const linesOf = (commands: readonly Uint8Array[]): string[] =>
  commands.map((command) => latin1(command).trim());
