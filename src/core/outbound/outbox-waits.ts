import type { ConnectionError } from "../errors.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";
import { WaitingList } from "../waiting-list.ts";
import { TimeSlice } from "./time-slice.ts";

// One settled promise for all: `ready()` before each publish must cost next to nothing.
const READY: Promise<void> = Promise.resolve();

/** Who waits for an outbox: until there is room in it, or until it is empty. */
export class OutboxWaits {
  readonly #slice = new TimeSlice();
  readonly #forRoom = new WaitingList({ what: "room in the outbound buffer" });
  #untilEmpty: Waiter<void> | undefined;

  /** There is room: settled, but now and then in the next turn of the event loop. */
  turn(): Promise<void> {
    return this.#slice.turn() ?? READY;
  }

  /** Resolves with {@link onRoom}; rejects with `TIMEOUT`, `ABORTED` or `CONNECTION_CLOSED`. */
  async forRoom(limits: WaitLimits): Promise<void> {
    await this.#forRoom.wait(limits);
    await this.#slice.takeRest();
  }

  /** Whether somebody waits for room. */
  get isForRoom(): boolean {
    return this.#forRoom.length > 0;
  }

  onRoom(): void {
    this.#forRoom.resolve();
  }

  /** Resolves with {@link onEmpty}, or after `timeout` milliseconds. */
  async untilEmpty(timeout: number): Promise<void> {
    this.#untilEmpty = new Waiter<void>({ timeout }, { what: "the outbound buffer to empty" });
    await this.#untilEmpty.promise.catch(() => undefined);
    this.#untilEmpty = undefined;
  }

  onEmpty(): void {
    this.#untilEmpty?.resolve();
  }

  onClosed(error: ConnectionError): void {
    this.#forRoom.reject(error);
  }
}
