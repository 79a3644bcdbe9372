import { aString, invalidOption } from "../../core/checks.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Api } from "../api/api.ts";
import { resolveStepDown, type StepDownOptions } from "../step-down.ts";

/** What the peers hold: a stream, or a consumer of it. */
export interface Replicated {
  readonly stream: string;
  readonly consumer?: string;
}

/** The API level of nats-server 2.15, the first that can evacuate a peer. */
const EVACUATION_LEVEL = 5;

/**
 * The servers that hold a stream or a consumer, each a peer of the others. Calls name a peer by its name or its id, as
 * `info().cluster` has them. All calls reject with `API_ERROR` if there is no cluster.
 */
export class Peers {
  readonly #api: Api;
  readonly #owner: Replicated;
  readonly #kind: "STREAM" | "CONSUMER";
  /** The last tokens of the API subjects. */
  readonly #tokens: string;

  /** @internal */
  constructor(api: Api, owner: Replicated) {
    const { stream, consumer } = owner;
    this.#api = api;
    this.#owner = owner;
    this.#kind = consumer === undefined ? "STREAM" : "CONSUMER";
    this.#tokens = consumer === undefined ? stream : `${stream}.${consumer}`;
  }

  // JS-STR-34, JS-CON-27
  /** Lets the leader hand over: to the server that `to` names or describes, or to any. */
  async stepDown(options: StepDownOptions = {}): Promise<void> {
    const { body, limits } = resolveStepDown(options);
    await this.#ask("LEADER.STEPDOWN", body, limits);
  }

  // JS-STR-34, JS-CON-30
  /** Removes a peer at once, and then replaces it: until the new one has caught up there is one copy less. */
  async remove(peer: string, options: WaitOptions = {}): Promise<void> {
    await this.#ask("PEER.REMOVE", { peer: checkPeer(peer) }, options);
  }

  // JS-STR-35, JS-CON-30
  /** Replaces a peer, which goes when its replacement has caught up. Rejects with `SERVER_TOO_OLD` before nats-server 2.15. */
  async evacuate(peer: string, options: WaitOptions = {}): Promise<void> {
    await this.#ask("PEER.EVACUATE", { peer: checkPeer(peer) }, options, EVACUATION_LEVEL);
  }

  async #ask(
    verb: string,
    body: Readonly<Record<string, unknown>> | undefined,
    options: WaitOptions,
    level?: number,
  ): Promise<void> {
    const subject = `${this.#kind}.${verb}.${this.#tokens}`;
    await this.#api.request({ subject, body, level, options, ...this.#owner });
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    return inspected("Peers", { ...this.#owner }, depth, options, inspect);
  }
}

function checkPeer(peer: string): string {
  if (aString("peer", peer) === "") throw invalidOption("peer", "it must be a server's name or id");
  return peer;
}
