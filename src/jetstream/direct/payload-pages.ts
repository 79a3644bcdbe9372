import type { DirectRequest } from "./direct-request.ts";
import type { Page } from "./page.ts";
import { PAGE_MESSAGES, RangePages, type Reading } from "./range-pages.ts";

// JS-GET-05
/**
 * The pages of a range, without headers. So the messages don't tell whether one of them got lost. A page counts as whole if it
 * has as many messages as were asked for, or as the server says. Any other page is read once more, with headers.
 */
export class PayloadPages extends RangePages {
  #batch = PAGE_MESSAGES;

  protected override get batch(): number {
    return this.#batch;
  }

  protected override async read(request: DirectRequest): Promise<Reading> {
    const page = await this.ask({ ...request, no_hdr: true });
    const count = page.messages.length;
    this.#adapt(count, request.batch!);
    // The end mark may count the messages of the page too, so it does not tell where the range ends.
    if (isBelievable(page, request.batch!)) return { page, isLast: false };
    return await super.read(request);
  }

  /** A page is short if its bytes have ended it. The next pages are asked for fewer messages, so that they are whole. */
  #adapt(received: number, asked: number): void {
    if (received < asked) this.#batch = Math.max(1, Math.floor(received * 0.75));
    else this.#batch = Math.min(PAGE_MESSAGES, this.#batch * 2);
  }
}

function isBelievable({ messages, end }: Page, asked: number): boolean {
  return end === undefined || messages.length === asked || messages.length === end.pending;
}
