import type { EffectList } from "./effect-list.ts";
import type { PullSettings } from "./pull-engine-types.ts";
import type { PullLedger } from "./pull-ledger.ts";
import { patienceOf, type PullDemand } from "./pull-request.ts";
import type { SilenceWatch } from "./silence-watch.ts";

/** What a channel works with. */
export interface ChannelHost {
  readonly settings: PullSettings;
  readonly ledger: PullLedger;
  readonly demand: PullDemand;
  readonly watch: SilenceWatch;
  readonly effects: EffectList;
}

/**
 * The way to the server and back: a subscription, and the pulls that are sent with reply subjects under it. Each outage and
 * each new consumer begins a generation with a subscription of its own. Pulls that the server still holds for the old one
 * have no listener then, and end; beside it they would go on taking messages.
 */
export class PullChannel {
  readonly #host: ChannelHost;
  #generation = 0;
  #isOpen = false;
  #nextPull: number;

  constructor(host: ChannelHost) {
    this.#host = host;
    this.#nextPull = host.settings.firstPull;
  }

  get generation(): number {
    return this.#generation;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get nextPull(): number {
    return this.#nextPull;
  }

  /** Begins a generation, instead of the one before. */
  open(): void {
    this.close();
    this.#generation += 1;
    this.#isOpen = true;
    this.#host.effects.add({ type: "subscribe", generation: this.#generation });
  }

  close(): void {
    if (this.#isOpen) this.#host.effects.add({ type: "unsubscribe", generation: this.#generation });
    this.#isOpen = false;
  }

  /** Sends what it is time for: one pull, or two where the consumer allows only small ones. `endsAt`: when a fetch is over. */
  pull(at: number, endsAt: number): void {
    const { settings, demand, ledger, watch, effects } = this.#host;
    const left = endsAt - at;
    const next = demand.next(left, this.#nextPull === settings.firstPull);
    if (next === undefined) return;
    const { expires, heartbeat = 0 } = next.request;
    const patience = patienceOf(heartbeat);
    const pull = this.#nextPull++;
    watch.asked(heartbeat, ledger.open === 0, at);
    ledger.send(pull, next, at, expires ?? Math.max(0, left - patience), patience);
    effects.add({ type: "pull", generation: this.#generation, pull, request: next.request });
    this.pull(at, endsAt);
  }
}
