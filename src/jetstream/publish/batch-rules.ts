import { invalidOption } from "../../core/checks.ts";
import type { CheckedMessageOptions } from "./check-message-options.ts";

// JS-BATCH-05, JS-BATCH-06, JS-BATCH-10
/** The rules of atomic batches. A server refuses the whole batch at its commit; here the message at fault is refused when it is added. */
export class BatchRules {
  readonly #subjects = new Set<string>();
  readonly #msgIds = new Set<string>();

  /** Throws `INVALID_OPTION` for a message that can't follow those before it. */
  check(subject: string, { expect, msgId, rollup }: CheckedMessageOptions): void {
    const isFirst = this.#subjects.size === 0;
    const { lastSequence, lastSubjectSequence, lastMsgId } = expect ?? {};
    if (lastMsgId !== undefined) throw invalidOption("expect.lastMsgId", "a batch does not take it");
    if (lastSequence !== undefined && !isFirst) {
      throw invalidOption("expect.lastSequence", "only the first message of a batch may have it");
    }
    if (typeof lastSubjectSequence === "number" && this.#subjects.has(subject)) {
      throw invalidOption("expect.lastSubjectSequence", `the batch has a message to "${subject}" already`);
    }
    if (msgId !== undefined && this.#msgIds.has(msgId)) {
      throw invalidOption("msgId", "another message of the batch has the same");
    }
    if (rollup === "all" && !isFirst)
      throw invalidOption("rollup", 'only the first message of a batch may have "all"');
    if (rollup === "subject" && this.#subjects.has(subject)) {
      throw invalidOption("rollup", `the batch has a message to "${subject}" already`);
    }
  }

  /** It has been taken. */
  add(subject: string, { msgId }: CheckedMessageOptions): void {
    this.#subjects.add(subject);
    if (msgId !== undefined) this.#msgIds.add(msgId);
  }
}
