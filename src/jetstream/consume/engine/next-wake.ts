import type { EffectList } from "./effect-list.ts";

/** The one timer of an engine, by `wake` effects. It is set anew only for what comes earlier: a tick sets it for the rest. */
export class NextWake {
  readonly #effects: EffectList;
  #at = Infinity;

  constructor(effects: EffectList) {
    this.#effects = effects;
  }

  /** Its time has come. */
  rang(): void {
    this.#at = Infinity;
  }

  set(at: number): void {
    if (at >= this.#at) return;
    this.#at = at;
    this.#effects.add({ type: "wake", at });
  }
}
