import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { WaitOptions } from "../../core/waiter.ts";

/** One call of the JetStream API. */
export interface ApiRequest {
  /** Without the prefix: `STREAM.INFO.ORDERS`. */
  readonly subject: string;
  /** The body, as it travels. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** The API level that the server must have. It is sent along, so that an older server refuses and does not pass a field over. */
  readonly level?: number | undefined;
  /** Named in errors. */
  readonly stream?: string | undefined;
  readonly consumer?: string | undefined;
  readonly options?: WaitOptions | undefined;
}

/** The JSON of an answer that is no error, as it travelled. */
export type ApiAnswer = Readonly<Record<string, unknown>>;

/** The request API of JetStream: asks, reads, and tells errors apart. */
export interface Api {
  /**
   * Whether JetStream has ever answered a call: if nobody does later, it is away, and there is one. The ack of a publish says nothing
   * of that, for the stream that takes it may be of another domain.
   */
  readonly hasAnswered: boolean;
  /** Rejects with a `JetStreamError`, or as a request does. */
  request(request: ApiRequest): Promise<ApiAnswer>;
  /**
   * All items of a list; `read` takes them out of a page. Each page is a request, the first one when the loop begins. With `nameOf`
   * each item that stays in the list comes exactly once, whatever is made and removed meanwhile.
   */
  pages<T>(
    request: ApiRequest,
    read: (page: ApiAnswer) => readonly T[],
    nameOf?: (item: T) => string,
  ): AsyncSequence<T>;
}
