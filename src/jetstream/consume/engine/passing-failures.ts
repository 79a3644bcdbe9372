import { Retries } from "../../retries.ts";
import type { EffectList } from "./effect-list.ts";
import { SILENT } from "./ending.ts";
import type { PullEnd, PullFailure } from "./pull-engine-types.ts";

/** Tells of failures that may pass, and that they have passed. */
export class PassingFailures {
  readonly #effects: Pick<EffectList, "tell">;
  readonly #row = new Retries<PullFailure>();
  /** Asked for each message: the row is too far away for that. */
  #isOpen = false;
  /** In this row nobody took a pull. */
  #isUnheard = false;

  constructor(effects: Pick<EffectList, "tell">) {
    this.#effects = effects;
  }

  /** Something has failed, and nothing has worked since. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Nothing is tried again before the time `until`. Without a failure there is nothing to tell. */
  failed(failure: PullFailure | undefined, until: number, at: number): void {
    if (failure === undefined) return;
    this.#isOpen = true;
    this.#isUnheard ||= failure.code === "PULL_REFUSED";
    const delay = Math.max(0, Math.round(until - at));
    this.#effects.tell({ type: "retrying", failure, ...this.#row.failed(failure, at), delay });
  }

  /** The consumer gives a sign. Returns whether anything had failed. */
  passed(at: number): boolean {
    const row = this.#row.ended(at);
    if (row === undefined) return false;
    this.#isOpen = false;
    this.#isUnheard = false;
    this.#effects.tell({ type: "recovered", ...row });
    return true;
  }

  /** The API answers. That nobody takes the pulls is not over by that. */
  answered(at: number): void {
    if (!this.#isUnheard) this.passed(at);
  }

  /** The silence that ends a fetch has a reason if something has failed. */
  explained(end: PullEnd): PullEnd {
    const { last } = this.#row;
    if (end.reason !== "failed" || end.failure !== SILENT || last === undefined) return end;
    const text = `${SILENT.text}: ${last.text}`;
    return { reason: "failed", failure: { ...SILENT, text, cause: last.cause } };
  }
}
