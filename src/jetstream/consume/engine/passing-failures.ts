import { Retries } from "../../retries.ts";
import type { EffectList } from "./effect-list.ts";
import { SILENT } from "./ending.ts";
import type { PullEnd, PullFailure } from "./pull-engine-types.ts";

/** Tells of failures that may pass, and that they have passed. */
export class PassingFailures {
  readonly #effects: Pick<EffectList, "tell">;
  readonly #row = new Retries<PullFailure>();

  constructor(effects: Pick<EffectList, "tell">) {
    this.#effects = effects;
  }

  /** Nothing is tried again before the time `until`. Without a failure there is nothing to tell. */
  failed(failure: PullFailure | undefined, until: number, at: number): void {
    if (failure === undefined) return;
    const delay = Math.max(0, Math.round(until - at));
    this.#effects.tell({ type: "retrying", failure, ...this.#row.failed(failure, at), delay });
  }

  /** The consumer gives a sign. Returns whether anything had failed. */
  passed(at: number): boolean {
    if (this.#row.last === undefined) return false;
    this.#effects.tell({ type: "recovered", ...this.#row.ended(at)! });
    return true;
  }

  /** The API answers. That nobody takes the pulls is not over by that. */
  answered(at: number): void {
    if (this.#row.last?.code === "API_ERROR") this.passed(at);
  }

  /** The silence that ends a fetch has a reason if something has failed. */
  explained(end: PullEnd): PullEnd {
    const { last } = this.#row;
    if (end.reason !== "failed" || end.failure !== SILENT || last === undefined) return end;
    const text = `${SILENT.text}: ${last.text}`;
    return { reason: "failed", failure: { ...SILENT, text, cause: last.cause } };
  }
}
