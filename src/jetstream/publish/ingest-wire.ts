import { utf8Length } from "../../core/protocol/text.ts";

/** What a reply subject has behind its beginning, at most: a number, an operation and `.$FI`. */
const REST = 24;

/** Operations of an ingest, as they travel. */
const INGEST_OPERATIONS = { start: 0, append: 1, commitAtEnd: 3, ping: 4 } as const;

export type IngestOperation = keyof typeof INGEST_OPERATIONS;

/** The reply subjects of an ingest, which tell the server what each message is. */
export class IngestWire {
  /** What answers come to. */
  readonly inbox: string;
  /** The most bytes of a reply subject. */
  readonly replySize: number;
  readonly #beginning: string;

  /** `inbox` ends with a token of its own, which becomes the id of the batch. */
  constructor(inbox: string, ackEvery: number, onGap: "fail" | "continue") {
    this.inbox = `${inbox}.>`;
    this.#beginning = `${inbox}.${ackEvery}.${onGap === "fail" ? "fail" : "ok"}.`;
    this.replySize = utf8Length(this.#beginning) + REST;
  }

  // <inbox>.<id>.<flow>.<ok|fail>.<seq>.<op>.$FI
  /** The reply subject of the message with this number. */
  reply(number: number, operation: IngestOperation): string {
    return `${this.#beginning}${number}.${INGEST_OPERATIONS[operation]}.$FI`;
  }
}
