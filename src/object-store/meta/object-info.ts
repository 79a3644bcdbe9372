import type { MessageHeaders } from "../../core/protocol/headers.ts";
import type { ObjectLink } from "../errors.ts";

/** What is known of an object. */
export interface ObjectInfo {
  /** The store that it is in. */
  readonly store: string;
  readonly name: string;
  /** Names these very bytes: it is another one after each put, and stays through updates. Empty if a link has none. */
  readonly nuid: string;
  /** The number of its last change. All changes in the store are counted together. */
  readonly revision: number;
  /** When that was, by the server's clock; in what a call that changes it resolves with, by the clock of this process. */
  readonly modified: Date;
  /** Bytes. */
  readonly size: number;
  /** How many chunks the bytes are in. */
  readonly chunks: number;
  /** Bytes of each chunk but the last, as far as it is known. */
  readonly chunkSize?: number;
  /** `SHA-256=` and base64. */
  readonly digest?: string;
  /** The object was deleted: this is what is left. */
  readonly deleted: boolean;
  readonly description?: string;
  readonly headers?: MessageHeaders;
  readonly metadata?: Readonly<Record<string, string>>;
  /** It stands for another object, or for a store. */
  readonly link?: ObjectLink;
}
