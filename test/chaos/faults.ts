import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet, Place } from "./fleet.ts";
import { describeFault, type Fault } from "./schedule.ts";

export interface FaultListener {
  /** Nothing is calm from now on. */
  onBegin(): void;
  /** No fault is active any more. */
  onAllOver(): void;
  tell(line: string): void;
}

/** Makes the faults of a schedule happen, each at its time, and puts right what they broke. */
export class Faults {
  readonly #fleet: Fleet;
  readonly #listener: FaultListener;
  #active = 0;
  #done = 0;

  constructor(fleet: Fleet, listener: FaultListener) {
    this.#fleet = fleet;
    this.#listener = listener;
  }

  /** How many have been put right. */
  get done(): number {
    return this.#done;
  }

  /** Resolves when the last fault is over, or the signal aborts; rejects when a server does not come back. */
  async run(schedule: readonly Fault[], signal: AbortSignal): Promise<void> {
    const start = performance.now();
    await Promise.all(
      schedule.map(async (fault) => {
        const aborted = await sleep(start + fault.at - performance.now(), false, { signal }).catch(
          () => true,
        );
        const place = this.#fleet.places[fault.server]!;
        if (!aborted) await place.inTurn(() => this.#make(fault, place, signal));
      }),
    );
  }

  async #make(fault: Fault, place: Place, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#active++;
    this.#listener.onBegin();
    this.#listener.tell(describeFault(fault));
    await perform(fault, place, (ms) => sleep(ms, undefined, { signal }).catch(() => {}));
    if (signal.aborted) return;
    this.#done++;
    if (fault.ms > 0) this.#listener.tell(`  over: ${fault.kind} server ${place.number}`);
    if (--this.#active === 0) this.#listener.onAllOver();
  }
}

type Pause = (ms: number) => Promise<void>;

async function perform(fault: Fault, place: Place, pause: Pause): Promise<void> {
  const { server, door } = place;
  switch (fault.kind) {
    case "kill":
      await place.kill();
      await pause(fault.ms);
      await place.restart();
      return;
    case "freeze":
      await place.freeze();
      await pause(fault.ms);
      place.thaw();
      return;
    case "lame duck":
      place.lameDuck();
      await Promise.race([server.exited, pause(fault.ms)]);
      await place.kill();
      await place.restart();
      return;
    case "cut":
      door.cut();
      return;
    case "stall":
      door.stall(fault.direction ?? "both");
      await pause(fault.ms);
      door.resume();
      return;
    case "delay":
      door.delay(fault.by ?? 0);
      await pause(fault.ms);
      door.delay(0);
      return;
  }
}
