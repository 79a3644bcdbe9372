import type { DirectRequest } from "./direct-request.ts";
import type { Page } from "./page.ts";
import { PAGE_MESSAGES, RangePages, type Reading } from "./range-pages.ts";

// JS-GET-05
/**
 * The pages of a range, without headers. Nothing in the messages tells then whether one of them got lost: a page is believed
 * if it has as many as were asked for, or as the server says that there are. Any other is read once more, with headers.
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
    // The end mark counts the messages of the page too, as long as nothing was stored meanwhile: it does not tell the end.
    if (isBelievable(page, request.batch!)) return { page, isLast: false };
    return await super.read(request);
  }

  /** A page that the bytes have ended is short: asked for fewer messages, the next ones are not. */
  #adapt(received: number, asked: number): void {
    if (received < asked) this.#batch = Math.max(1, Math.floor(received * 0.75));
    else this.#batch = Math.min(PAGE_MESSAGES, this.#batch * 2);
  }
}

function isBelievable({ messages, end }: Page, asked: number): boolean {
  return end === undefined || messages.length === asked || messages.length === end.pending;
}
