import type { Connection } from "../../core/connection/connection.ts";
import type { Foundation } from "../../core/connection/foundation.ts";

/** What is watched of the connection. */
export type LinkHost = Pick<Connection, "server" | "state"> & {
  readonly foundation: Pick<Foundation, "overhear">;
};

/** Waits for the connection's next link, or for its end. It listens only while somebody waits. */
export class LinkWatch {
  readonly #connection: LinkHost;
  readonly #onLink: () => void;
  readonly #onClosed: () => void;
  #stopListening: (() => void)[] = [];

  constructor(connection: LinkHost, onLink: () => void, onClosed: () => void) {
    this.#connection = connection;
    this.#onLink = onLink;
    this.#onClosed = onClosed;
  }

  start(): void {
    if (this.#stopListening.length > 0) return;
    const { foundation } = this.#connection;
    this.#stopListening = [
      foundation.overhear("reconnected", () => this.#onReconnected()),
      foundation.overhear("closed", () => this.#end(this.#onClosed)),
    ];
    if (this.#connection.state === "closed") queueMicrotask(() => this.#end(this.#onClosed));
  }

  stop(): void {
    for (const stop of this.#stopListening) stop();
    this.#stopListening = [];
  }

  /** Events come a turn late: this link may be gone again. */
  #onReconnected(): void {
    if (this.#connection.server !== undefined) this.#end(this.#onLink);
  }

  #end(tell: () => void): void {
    if (this.#stopListening.length === 0) return;
    this.stop();
    tell();
  }
}
