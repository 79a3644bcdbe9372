import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet, Place } from "./fleet.ts";
import { describeFault, type Fault, type FaultKind } from "./schedule.ts";

export interface FaultListener {
  /** Nothing is calm from now on. */
  onBegin(): void;
  /** No fault is active any more. */
  onAllOver(): void;
  tell(line: string): void;
  /** The links through this place's door take `by` milliseconds more each way. */
  onDelayed(place: Place, by: number, isOver: () => boolean): void;
  /** A client is to go over to another server. */
  move(client: number): Promise<void>;
  /** One is to be drained in the middle of that. */
  drain(): Promise<void>;
}

/** Makes the faults of a schedule happen, each at its time, and puts right what they broke. */
export class Faults {
  readonly #fleet: Fleet;
  readonly #listener: FaultListener;
  #active = 0;
  #done = 0;
  /** How many there were of each kind. */
  readonly counts = new Map<FaultKind, number>();

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
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});
    await perform(fault, place, pause, this.#listener);
    if (signal.aborted) return;
    this.#done++;
    if (fault.ms > 0) this.#listener.tell(`  over: ${fault.kind} server ${place.number}`);
    if (--this.#active === 0) this.#listener.onAllOver();
  }
}

type Pause = (ms: number) => Promise<void>;

async function perform(fault: Fault, place: Place, pause: Pause, listener: FaultListener): Promise<void> {
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
      await delay(fault, place, pause, listener);
      return;
    case "move":
      await listener.move(fault.by ?? 0);
      return;
    case "drain":
      await listener.drain();
      return;
  }
}

async function delay(
  { by = 0, ms }: Fault,
  place: Place,
  pause: Pause,
  listener: FaultListener,
): Promise<void> {
  let isOver = false;
  place.door.delay(by);
  listener.onDelayed(place, by, () => isOver);
  await pause(ms);
  isOver = true;
  place.door.delay(0);
}
