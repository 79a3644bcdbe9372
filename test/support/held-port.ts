import { once } from "node:events";
import { connect, type Server, type Socket } from "node:net";

/**
 * A connection of a listener to itself. As long as it is there, the system gives the listener's port to nobody who asks for any
 * free one, also while the listener is closed; whoever asks for this port by its number gets it.
 */
export class HeldPort {
  readonly #ends: readonly Socket[];
  readonly #closed: Promise<unknown>;

  private constructor(ends: readonly Socket[]) {
    this.#ends = ends;
    this.#closed = Promise.all(ends.map((end) => once(end, "close")));
  }

  /** Of a listener that nobody else knows yet. */
  static async of(server: Server, port: number): Promise<HeldPort> {
    const called = once(server, "connection") as Promise<[Socket]>;
    const caller = connect({ port, host: "127.0.0.1" });
    const [[end]] = await Promise.all([called, once(caller, "connect")]);
    return new HeldPort([caller, end]);
  }

  /** Keeps no process alive. */
  unref(): void {
    for (const end of this.#ends) end.unref();
  }

  async release(): Promise<void> {
    for (const end of this.#ends) end.destroy();
    await this.#closed;
  }
}
