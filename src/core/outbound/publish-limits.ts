import { LineLimit } from "../protocol/line-limit.ts";
import type { ServerInfo } from "../protocol/server-info.ts";

/** What nats-server takes unless it is configured otherwise. */
const USUAL_MAX_PAYLOAD = 1024 * 1024;

/** Larger than any message. */
const NOTHING = -1;

/** What can be published now. The connection's life sets it, so that a publish has one number to look at. */
export class PublishLimits {
  /** How long the line in front of a message may be. */
  readonly lines: LineLimit;
  /** CONN-15: before the first INFO the usual limit is assumed, for a larger message could be lost in silence. */
  #maxPayload = USUAL_MAX_PAYLOAD;
  #largest = USUAL_MAX_PAYLOAD;
  /** CONN-16: before the first INFO nobody knows; all servers since 2.2 take them. */
  #takesHeaders = true;
  #end: "draining" | "closed" | undefined;

  constructor(maxControlLine: number) {
    this.lines = new LineLimit(maxControlLine);
  }

  /** The size of the largest message that can be published now, headers included; -1 if none can. */
  get largest(): number {
    return this.#largest;
  }

  /** The most that the server takes in one message, headers included. */
  get maxPayload(): number {
    return this.#maxPayload;
  }

  get takesHeaders(): boolean {
    return this.#takesHeaders;
  }

  /** Why nothing can be published any more. */
  get end(): "draining" | "closed" | undefined {
    return this.#end;
  }

  /** A link to a server begins, as {@link onInfo}; true also if lines that wait may be longer than the server takes. */
  onLink(info: ServerInfo): boolean {
    const isToMeasure = this.lines.onLink(info.serverId);
    return this.onInfo(info) || isToMeasure;
  }

  /** A server tells what it takes; true if something could be published before that can't be now. */
  onInfo({ maxPayload = Infinity, headers }: ServerInfo): boolean {
    const takesLess = maxPayload < this.#maxPayload || (this.#takesHeaders && !headers);
    this.#maxPayload = maxPayload;
    this.#takesHeaders = headers;
    if (this.#end === undefined) this.#largest = maxPayload;
    return takesLess;
  }

  /** Nothing is published any more. */
  endWith(end: "draining" | "closed"): void {
    this.#end = end;
    this.#largest = NOTHING;
  }
}
