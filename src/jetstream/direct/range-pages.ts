import type { Message } from "../../core/message.ts";
import type { DirectRequest } from "./direct-request.ts";
import type { Page } from "./page.ts";
import type { PageReader } from "./page-reader.ts";
import { Quota } from "./quota.ts";
import type { Range } from "./range.ts";

/** A reader that pauses holds so many messages at most, or these bytes and one message. */
export const PAGE_MESSAGES = 1000;
const PAGE_BYTES = 1024 * 1024;

/** Fewer bytes are not asked for: the server counts headers too, and would answer with one message at a time. */
const LEAST_BYTES = 64 * 1024;

/** What was read, and whether there is nothing behind it. */
export interface Reading {
  readonly page: Page;
  readonly isLast: boolean;
}

// JS-GET-04
/** The pages of a range: each begins behind the last sequence of the one before. */
export class RangePages {
  readonly #reader: PageReader;
  readonly #range: Range;
  readonly #quota: Quota;
  #start: Range["start"];
  #isFirst = true;
  #isOver = false;

  constructor(reader: PageReader, range: Range) {
    this.#reader = reader;
    this.#range = range;
    this.#start = range.start;
    this.#quota = new Quota(range.maxMessages, range.maxBytes);
  }

  /** Undefined when there is nothing more. */
  async next(): Promise<readonly Message[] | undefined> {
    if (this.#isOver || this.#quota.isSpent) return undefined;
    const { page, isLast } = await this.read({
      ...this.#start,
      ...this.#range.filter,
      batch: Math.min(this.batch, this.#quota.messages),
      max_bytes: Math.min(PAGE_BYTES, Math.max(LEAST_BYTES, this.#quota.bytes)),
    });
    const { messages, end } = page;
    if (end === undefined) return undefined;
    // Messages that are stored from now on are not read, or the loop might never end.
    if (this.#isFirst) this.#quota.lower(messages.length + end.pending);
    this.#isFirst = false;
    this.#isOver = isLast;
    this.#start = { seq: end.lastSequence + 1 };
    return this.#quota.take(messages);
  }

  /** How many messages a page is asked for. */
  protected get batch(): number {
    return PAGE_MESSAGES;
  }

  protected async read(request: DirectRequest): Promise<Reading> {
    const page = await this.ask(request);
    return { page, isLast: page.end?.pending === 0 };
  }

  protected async ask(request: DirectRequest): Promise<Page> {
    return await this.#reader.read(request, this.#range.limits);
  }
}
