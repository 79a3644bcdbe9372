import { NOTHING, type PullEffect, type PullEvent } from "./pull-engine-types.ts";

/** The effects of one input. Most inputs have none, and cost no array. */
export class EffectList {
  #effects: PullEffect[] | undefined;

  add(effect: PullEffect): void {
    if (this.#effects === undefined) this.#effects = [effect];
    else this.#effects.push(effect);
  }

  tell(event: PullEvent): void {
    this.add({ type: "event", event });
  }

  tellAll(events: readonly PullEvent[]): void {
    for (const event of events) this.tell(event);
  }

  /** What was added since the last call. */
  take(): readonly PullEffect[] {
    const effects = this.#effects ?? NOTHING;
    this.#effects = undefined;
    return effects;
  }
}
