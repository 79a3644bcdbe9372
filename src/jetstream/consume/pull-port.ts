import type { BarrierEnd } from "../../core/barrier.ts";
import type { Connection } from "../../core/connection/connection.ts";
import { isNatsError, type NatsError, toError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { PullEffect, PullInput, PullRequest, PullStatus } from "./engine/pull-engine-types.ts";
import { PullLane, type PullLaneListener } from "./pull-lane.ts";
import type { PullLanes } from "./pull-lanes.ts";
import { WakeTimer } from "./wake-timer.ts";

/** What the port of an engine does for it. */
export type PortEffect = Extract<
  PullEffect,
  { readonly type: "subscribe" | "unsubscribe" | "pull" | "wake" | "withdraw" }
>;

/** What the port of an engine has for it. */
type PortInput = Extract<
  PullInput,
  { readonly type: "status" | "tick" | "disconnected" | "reconnected" | "withdrawn" }
>;

/** Whose engine a {@link PullPort} works for. */
export interface PullPortHost {
  /** Lanes that may be used, and that are given back; without them there is one for each generation. */
  readonly lanes: PullLanes | undefined;
  onInput(input: PortInput): void;
  onMessage(message: Message, generation: number): void;
  /** Publishes a pull. Throws what that throws. */
  send(request: PullRequest, reply: string): void;
  /** The server forbids this, or it can't be subscribed to any more. */
  onRefused(error: NatsError): void;
}

/** How long whoever leaves waits for what is on its way, in milliseconds: a server may be frozen. */
const LATE = { timeout: 5000 };

/** Between an engine and the world: its subscriptions, its pulls, its one timer, and whether there is a link. */
export class PullPort implements PullLaneListener {
  readonly #connection: Connection;
  readonly #host: PullPortHost;
  readonly #timer = new WakeTimer(() => this.#tell("tick"));
  #lane: PullLane | undefined;
  /** One that no pull is open on, of an earlier call. */
  #spare: PullLane | undefined;
  #isLinkUp = false;
  #stopHearing: (() => void)[] = [];
  #withdrawn: BarrierEnd = "reached";
  #gone: Promise<unknown> = Promise.resolve();

  constructor(connection: Connection, host: PullPortHost) {
    this.#connection = connection;
    this.#host = host;
  }

  /** Begins; says whether there is a link, and which number the first pull has. */
  open(): { readonly connected: boolean; readonly firstPull: number } {
    const spare = this.#host.lanes?.take();
    this.#spare = spare?.lane;
    this.#isLinkUp = this.#connection.server !== undefined;
    const { foundation } = this.#connection;
    this.#stopHearing = [
      foundation.overhear("disconnected", () => this.#onDisconnected()),
      foundation.overhear("reconnected", () => this.#onReconnected()),
    ];
    return { connected: this.#isLinkUp, firstPull: spare?.nextPull ?? 1 };
  }

  /** Whether the server has seen what was withdrawn, so that nothing is on its way any more. */
  get hasAllCome(): boolean {
    return this.#withdrawn === "reached";
  }

  /** Resolves, never rejects, when nothing more comes. */
  get gone(): Promise<unknown> {
    return this.#gone;
  }

  do(effect: PortEffect): void {
    switch (effect.type) {
      case "subscribe":
        this.#subscribe(effect.generation);
        break;
      case "unsubscribe":
        // It may have been replaced already.
        if (this.#lane?.generation === effect.generation) this.#leaveLane();
        break;
      case "pull":
        this.#pull(effect);
        break;
      case "wake":
        this.#timer.wakeAt(effect.at);
        break;
      case "withdraw":
        void this.#withdraw();
        break;
    }
  }

  /** Ends. `isClean`: no pull can be open, so that the lane serves others, from pull `nextPull` on. */
  close(isClean: boolean, nextPull: number): void {
    this.#timer.stop();
    for (const stop of this.#stopHearing) stop();
    this.#stopHearing = [];
    const lane = this.#lane ?? this.#spare;
    this.#lane = undefined;
    this.#spare = undefined;
    if (lane === undefined) return;
    const { lanes } = this.#host;
    if (isClean && lanes !== undefined) lanes.give(lane, nextPull);
    else this.#gone = lane.close(LATE);
  }

  onMessage(message: Message, lane: PullLane): void {
    this.#host.onMessage(message, lane.generation);
  }

  onStatus(pull: number, status: PullStatus, { generation }: PullLane): void {
    this.#host.onInput({ type: "status", at: performance.now(), generation, pull, status });
  }

  // A move has taken all that the old server had sent; of a link that was lost nothing more comes.
  onLinkLeft(lane: PullLane): void {
    if (lane !== this.#lane) return;
    // The next link is told of subscriptions just now, and is in use at the end of this turn.
    queueMicrotask(() => {
      if (lane !== this.#lane || this.#connection.server === undefined) return;
      if (this.#isLinkUp) this.#tell("reconnected");
      else this.#onReconnected();
    });
  }

  onDenied(error: NatsError): void {
    this.#host.onRefused(error);
  }

  #onDisconnected(): void {
    if (!this.#isLinkUp) return;
    this.#isLinkUp = false;
    this.#tell("disconnected");
  }

  #onReconnected(): void {
    if (this.#isLinkUp) return;
    this.#isLinkUp = true;
    this.#tell("reconnected");
  }

  #tell(type: "tick" | "disconnected" | "reconnected" | "withdrawn"): void {
    this.#host.onInput({ type, at: performance.now() });
  }

  #subscribe(generation: number): void {
    this.#leaveLane();
    const spare = this.#spare;
    this.#spare = undefined;
    try {
      this.#lane = spare?.isOpen === true ? spare : new PullLane(this.#connection);
    } catch (thrown) {
      this.#host.onRefused(thrown as NatsError);
      return;
    }
    this.#lane.generation = generation;
    this.#lane.listener = this;
  }

  /** Nothing of the lane is wanted any more; what is on its way still comes. */
  #leaveLane(): void {
    if (this.#lane !== undefined) this.#gone = this.#lane.close(LATE);
    this.#lane = undefined;
  }

  #pull({ pull, request }: Extract<PullEffect, { readonly type: "pull" }>): void {
    const lane = this.#lane;
    if (lane === undefined) return;
    try {
      this.#host.send(request, lane.replyOf(pull));
    } catch (thrown) {
      if (isNatsError(thrown) && LASTING.has(thrown.code)) this.#host.onRefused(thrown);
      else this.#onUnsent(pull, lane, thrown);
    }
  }

  /** For want of room, most likely: to the engine it is a pull that nobody took. */
  #onUnsent(pull: number, lane: PullLane, thrown: unknown): void {
    const { message } = toError(thrown);
    const status = { code: 503, text: message, pendingMessages: undefined, pendingBytes: undefined };
    setTimeout(() => this.onStatus(pull, status, lane));
  }

  async #withdraw(): Promise<void> {
    if (this.#lane !== undefined) this.#withdrawn = await this.#lane.close();
    this.#tell("withdrawn");
  }
}

/** What makes a pull impossible for good. */
const LASTING: ReadonlySet<string> = new Set(["ALREADY_SETTLED", "NOT_ACKABLE", "NOT_A_JETSTREAM_MESSAGE"]);
