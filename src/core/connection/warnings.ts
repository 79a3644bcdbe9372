import type { NatsError } from "../errors.ts";
import type { Leftover } from "../outbound/leftover.ts";
import type { Warning } from "../transport.ts";
import type { EventHubListener } from "./event-hub.ts";
import type { ConnectionEvent, EventOf } from "./events.ts";

/** Makes warnings of events that have no listener. */
export interface WarningsListener extends EventHubListener {
  /** Somebody has asked for the reason of the end. */
  isEndAwaited: boolean;
  /** Somebody gets a report that says what was lost. */
  isLossReported: boolean;
}

/** Milliseconds. A failure that may pass is told again after that: it is another outage. */
const RECURS = 60_000;

/** Failures of one kind: when one was told last, and how many were not. */
interface Kind {
  readonly toldAt: number;
  others: number;
}

/**
 * What nobody hears becomes a warning of the process: the first of a kind at once, of what may pass the first for a minute, and
 * the number of the others when the connection is closed.
 */
export class Warnings implements WarningsListener {
  readonly #warn: (warning: Warning) => void;
  readonly #name: string;
  /** By the code. */
  readonly #kinds = new Map<string, Kind>();
  isEndAwaited = false;
  isLossReported = false;

  constructor(name: string, warn: (warning: Warning) => void) {
    this.#warn = warn;
    this.#name = name === "" ? "" : ` of the connection "${name}"`;
  }

  onUnheard(event: ConnectionEvent): void {
    if (event.type === "error" || event.type === "handlerError") this.#tell(event.error, event.type);
    else if (event.type === "slowConsumer") this.#onSlowConsumer(event.subscription.subject);
    else if (event.type === "leftBehind") this.#onLeftBehind(event);
    else if (event.type === "disconnected") this.#onDisconnected(event);
    else if (event.type === "closed") this.#onClosed(event);
  }

  onFailure(error: NatsError): void {
    this.#tell(error, undefined);
  }

  #onSlowConsumer(subject: string): void {
    const text = `the subscription to "${subject}" can't keep up: messages are dropped`;
    this.#count({ code: "SLOW_CONSUMER", message: this.#textOf(text, "slowConsumer") });
  }

  /** Each outage has numbers of its own, and so a warning. */
  #onDisconnected({ server, unsent, unconfirmed }: EventOf<"disconnected">): void {
    if (this.isLossReported || unsent.messages + unconfirmed === 0) return;
    const text = `the link to ${server} was lost, and with it up to ${unsent.messages + unconfirmed} messages: ${unsent.messages} may not have left, ${unconfirmed} are not confirmed`;
    const remedy = `nobody listens to outages${this.#name}; on("disconnected") hears each`;
    this.#warn({ code: "UNCONFIRMED", message: `${text} (${remedy})` });
  }

  #onLeftBehind({ server, unconfirmed, dropped }: EventOf<"leftBehind">): void {
    const text = `a move has left ${unconfirmed} messages at ${server}, unconfirmed, and dropped ${dropped} that came too late`;
    this.#count({ code: "LEFT_BEHIND", message: this.#textOf(text, "leftBehind") });
  }

  #onClosed({ error, lost }: EventOf<"closed">): void {
    if (error !== undefined && !this.isEndAwaited)
      this.#tell(error, "closed", `the connection is closed for good: ${error.message}`);
    if (lost.messages > 0 && !this.isLossReported) this.#onLost(lost);
    this.#tellOthers();
  }

  #onLost({ messages, bytes }: Leftover): void {
    const text = `the connection was closed before ${messages} messages (${bytes} bytes) had left that were published`;
    this.#count({ code: "LOST", message: this.#textOf(text, "closed") });
  }

  #tell(error: NatsError, type: string | undefined, text = error.message): void {
    const { code, cause } = error;
    const recurs = mayPass(error);
    this.#count({ code, message: this.#textOf(text, type, recurs), cause }, recurs);
  }

  #count(warning: Warning, recurs = false): void {
    const kind = this.#kinds.get(warning.code);
    const now = performance.now();
    if (kind !== undefined && !(recurs && now - kind.toldAt >= RECURS)) {
      kind.others += 1;
      return;
    }
    this.#kinds.set(warning.code, { toldAt: now, others: kind?.others ?? 0 });
    this.#warn(warning);
  }

  #textOf(text: string, type: string | undefined, recurs = false): string {
    const remedy = type === undefined ? "" : `; on("${type}") hears each`;
    const first = recurs ? "the first such failure for a minute" : "the first such failure";
    return `${text} (${first}${this.#name} that nobody listens to${remedy})`;
  }

  #tellOthers(): void {
    for (const [code, { others }] of this.#kinds) {
      if (others === 0) continue;
      const message = `${others} more failures of this kind${this.#name} were heard by nobody`;
      this.#warn({ code, message });
    }
  }
}

/** Errors of the entries that build on a connection say so. */
function mayPass(error: NatsError): boolean {
  return (error as { readonly retryable?: boolean }).retryable === true;
}
