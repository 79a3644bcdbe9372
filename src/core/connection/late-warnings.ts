import type { NatsError } from "../errors.ts";
import type { Warning } from "../transport.ts";
import type { ConnectionEvent } from "./events.ts";
import type { Warnings, WarningsListener } from "./warnings.ts";

/** Where the code for warnings comes from. */
export interface WarningsCode {
  load(): Promise<{ readonly Warnings: typeof Warnings }>;
}

/** Warnings whose code is loaded when there is something to warn of. */
export class LateWarnings implements WarningsListener {
  isEndAwaited = false;
  isLossReported = false;
  readonly #name: string;
  readonly #warn: (warning: Warning) => void;
  readonly #code: WarningsCode;
  #warnings: Warnings | undefined;

  constructor(name: string, warn: (warning: Warning) => void, code: WarningsCode) {
    this.#name = name;
    this.#warn = warn;
    this.#code = code;
  }

  onUnheard(event: ConnectionEvent): void {
    const { isEndAwaited, isLossReported } = this;
    void this.#tell(
      (warnings) => {
        warnings.isEndAwaited = isEndAwaited;
        warnings.isLossReported = isLossReported;
        warnings.onUnheard(event);
      },
      () => this.#warnPlainly(event, isEndAwaited, isLossReported),
    );
  }

  onFailure(error: NatsError): void {
    void this.#tell(
      (warnings) => warnings.onFailure(error),
      () => this.#warn(error),
    );
  }

  async #tell(tell: (warnings: Warnings) => void, otherwise: () => void): Promise<void> {
    try {
      const { Warnings } = await this.#code.load();
      this.#warnings ??= new Warnings(this.#name, this.#warn);
    } catch {
      otherwise();
      return;
    }
    tell(this.#warnings);
  }

  /** Without the code: what failed, each time, and not how to hear of it. */
  #warnPlainly(event: ConnectionEvent, isEndAwaited: boolean, isLossReported: boolean): void {
    const { type } = event;
    if (type === "error" || type === "handlerError") this.#warn(event.error);
    else if (type === "slowConsumer")
      this.#warn({ code: "SLOW_CONSUMER", message: event.subscription.subject });
    else if (type === "leftBehind") this.#warn({ code: "LEFT_BEHIND", message: event.server });
    else if (type === "disconnected" && event.unsent.messages + event.unconfirmed > 0)
      this.#warn({ code: "UNCONFIRMED", message: event.server });
    if (type !== "closed") return;
    if (event.error !== undefined && !isEndAwaited) this.#warn(event.error);
    const { messages } = event.lost;
    if (messages > 0 && !isLossReported) this.#warn({ code: "LOST", message: `${messages} messages` });
  }
}
