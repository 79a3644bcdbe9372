import {
  aDate,
  aSignal,
  type Check,
  type Checks,
  checkOptions,
  count,
  type FormerNames,
  invalidOption,
  milliseconds,
} from "../../core/checks.ts";
import type { Message } from "../../core/message.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { aFilter } from "../config/subjects.ts";
import { replacedMeanwhile } from "./direct-errors.ts";
import type { DirectRequest } from "./direct-request.ts";
import type { PageReader } from "./page-reader.ts";

/** Up to which moment last messages are read. `timeout` is for each request. */
export interface LastOptions extends WaitOptions {
  /** The last messages as they were at this sequence, or before this time. @default as they are */
  readonly upTo?: number | Date;
}

const LAST: Checks<LastOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  upTo: (name, value) => (typeof value === "number" ? count(name, value) : aDate(name, value)),
};

/** As nats.js calls them. */
const FORMER: FormerNames = {
  multi_last: "the first argument",
  up_to_seq: '"upTo"',
  up_to_time: '"upTo"',
  batch: "nothing: the loop asks page by page",
};

/** Bytes of a page. As there are 1,024 messages at most, one page has nearly always all. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Last messages as they are asked for. */
export interface LastQuery {
  readonly limits: WaitOptions;
  readonly request: DirectRequest;
}

const someFilters: Check<readonly string[]> = (name, value) => {
  const filters: unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [value];
  if (filters.length === 0) throw invalidOption(name, "it must have a subject");
  return filters.map((filter) => aFilter(name, filter));
};

/** Throws `INVALID_OPTION` or `INVALID_SUBJECT`. */
export function checkLast(filters: string | readonly string[], given: LastOptions = {}): LastQuery {
  const { upTo, ...limits } = checkOptions(given, LAST, undefined, FORMER);
  const request = { multi_last: someFilters("filters", filters), max_bytes: PAGE_BYTES, ...ceilingOf(upTo) };
  return { limits, request };
}

function ceilingOf(upTo: number | Date | undefined): Pick<DirectRequest, "up_to_seq" | "up_to_time"> {
  if (upTo === undefined) return {};
  return typeof upTo === "number" ? { up_to_seq: upTo } : { up_to_time: upTo.toISOString() };
}

// JS-GET-03, JS-GET-04
/** The pages of the last messages of subjects, all as of the moment at which the server answered for the first one. */
export class LastPages {
  readonly #reader: PageReader;
  readonly #limits: WaitOptions;
  #request: DirectRequest;
  #expected = 0;
  #isOver = false;

  constructor(reader: PageReader, { limits, request }: LastQuery) {
    this.#reader = reader;
    this.#limits = limits;
    this.#request = request;
  }

  /** Undefined when there is nothing more. */
  async next(): Promise<readonly Message[] | undefined> {
    if (this.#isOver) return undefined;
    const { messages, end } = await this.#reader.read(this.#request, this.#limits);
    // A newer message of the subject removes the last one, if the stream keeps one of each.
    const missing = this.#expected - messages.length - (end?.pending ?? 0);
    if (missing > 0) throw replacedMeanwhile(this.#reader.stream, missing);
    this.#isOver = end === undefined || end.pending === 0;
    if (end !== undefined && end.upToSequence !== undefined) {
      const { multi_last: filters, max_bytes: bytes } = this.#request;
      this.#expected = end.pending;
      this.#request = {
        multi_last: filters!,
        max_bytes: bytes!,
        seq: end.lastSequence + 1,
        up_to_seq: end.upToSequence,
      };
    }
    return messages;
  }
}
