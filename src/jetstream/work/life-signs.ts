import { Alarm } from "../alarm.ts";
import type { HeldMessage } from "./held-message.ts";
import { KeepSchedule } from "./keep-schedule.ts";

/** What {@link LifeSigns} need, and what they tell. */
export interface LifeSignsHost {
  /** Whether there is a link: signs that wait for one come too late, and take up its room. */
  readonly isLinked: boolean;
  /** The message was kept for as long as it may be, and is not kept any more. */
  onOver(item: HeldMessage, now: number): void;
}

/** Keeps messages that are here from being delivered anew: one timer, however many there are. */
export class LifeSigns {
  readonly #upTo: number;
  readonly #schedule: KeepSchedule<HeldMessage>;
  readonly #host: LifeSignsHost;
  readonly #alarm = new Alarm(() => this.#look());
  #isEnding = false;

  /** `upTo`: milliseconds for each message; undefined: none is kept for longer than its server's own wait. */
  constructor(upTo: number | undefined, host: LifeSignsHost) {
    this.#upTo = upTo ?? Infinity;
    this.#schedule = new KeepSchedule({ extend: upTo !== undefined });
    this.#host = host;
  }

  /** Begins to keep a message; the time that it may be kept begins anew, too. */
  keep(item: HeldMessage, now: number): void {
    this.#schedule.keep(item, now + this.#upTo);
    this.#alarm.set(this.#schedule.nextAt);
  }

  release(item: HeldMessage): void {
    this.#schedule.release(item);
    if (this.#isEnding) this.#restIfIdle();
  }

  /** No more messages come: the timer goes with the last of those that are here. */
  end(): void {
    this.#isEnding = true;
    this.#restIfIdle();
  }

  // As long as messages come, a timer for each would cost more than one that finds nothing to do.
  #restIfIdle(): void {
    if (this.#schedule.nextAt === Infinity) this.#alarm.stop();
  }

  #look(): void {
    const now = performance.now();
    const { extend, over } = this.#schedule.due(now, this.#host.isLinked);
    for (const item of extend) giveSign(item);
    for (const item of over) this.#host.onOver(item, now);
    this.#alarm.set(this.#schedule.nextAt);
  }
}

function giveSign({ message }: HeldMessage): void {
  // What the handler has settled itself stays so.
  if (message.settled !== undefined) return;
  try {
    message.working();
  } catch {
    // The connection is closed, which ends the work too; or the consumer takes no acks, and delivers nothing anew.
  }
}
