import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { WaitOptions } from "../../core/waiter.ts";

/** One call of the JetStream API. */
export interface ApiRequest {
  /** Without the prefix: `STREAM.INFO.ORDERS`. */
  readonly subject: string;
  /** What becomes the body, as it travels. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** The API level that the server must have: sent along, so that an older server refuses instead of passing a field over. */
  readonly level?: number | undefined;
  /** Named in errors. */
  readonly stream?: string | undefined;
  readonly consumer?: string | undefined;
  readonly options?: WaitOptions | undefined;
}

/** An answer of the API, which is no error, as it travelled. */
export type ApiAnswer = Readonly<Record<string, unknown>>;

/** The request API of JetStream: asks, reads, and tells errors apart. */
export interface Api {
  /** Whether JetStream has ever answered a call: if nobody does later, it is away, and there is one. */
  readonly hasAnswered: boolean;
  /** Rejects with a `JetStreamError`, or as a request does. */
  request(request: ApiRequest): Promise<ApiAnswer>;
  /**
   * All pages of a list, one request each; `read` takes the items out of a page. Asks when the loop begins. With `nameOf` none
   * that is there all the time is left out or given twice, whatever is made and removed meanwhile.
   */
  pages<T>(
    request: ApiRequest,
    read: (page: ApiAnswer) => readonly T[],
    nameOf?: (item: T) => string,
  ): AsyncSequence<T>;
}
