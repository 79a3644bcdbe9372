import { isNatsError, type NatsError } from "../../core/errors.ts";
import { growingPause } from "../../core/growing-pause.ts";
import { isPassing } from "../api/passing.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { ConsumeEvent } from "../consume/events.ts";
import type { JetStreamError } from "../errors.ts";
import { FIRST_ATTEMPTS, Retries } from "../retries.ts";
import type { PushedConsumer } from "./pushed-consumer.ts";

/** Who is told whether a consumer is there. */
export interface PresenceListener {
  /** It is; for the first time, or again. `fromSeq`: it was made anew, and goes on there. */
  onThere(info: ConsumerInfo, fromSeq: number | undefined): void;
  /** It is not, and is waited for. */
  onMissing(error: JetStreamError): void;
  /** That failed and is tried again, or that this works again. */
  onEvent(event: ConsumeEvent): void;
  /** It is not, and won't be, or nobody can say. */
  onLost(error: NatsError): void;
  /** Where one that is made anew goes on; undefined where its configuration says. */
  resumeAt(): number | undefined;
}

/** idle: nobody asks. asking: the server is asked. away: it is not there, and is asked for again and again. */
type State = "idle" | "asking" | "away" | "stopped";

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

// JS-PULL-11, JS-24
/** Finds out whether a consumer is there, and does what is to be done if it is not. */
export class Presence {
  readonly #consumer: PushedConsumer;
  readonly #onMissing: "fail" | "wait" | "recreate";
  readonly #listener: PresenceListener;
  #state: State = "idle";
  readonly #failures = new Retries<NatsError>();
  #isKnown: boolean;
  /** So often in a row nobody answered for JetStream. */
  #unanswered = 0;
  #streamWasGone = false;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(consumer: PushedConsumer, onMissing: "fail" | "wait" | "recreate", listener: PresenceListener) {
    this.#consumer = consumer;
    this.#onMissing = onMissing;
    this.#listener = listener;
    this.#isKnown = consumer.context.api.hasAnswered;
  }

  /** Asks the server, unless it is being asked. */
  check(): void {
    if (this.#state === "idle") void this.#ask();
    else if (this.#state === "away") this.#tryAgain(0);
  }

  /** As {@link check}, after so many milliseconds. */
  checkIn(pause: number): void {
    this.#tryAgain(pause);
  }

  stop(): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const wasAway = this.#state === "away";
    this.#state = "asking";
    try {
      const isMadeAnew = wasAway && this.#onMissing === "recreate";
      // In another stream of that name the sequences begin anew.
      const fromSeq = isMadeAnew && !this.#streamWasGone ? this.#listener.resumeAt() : undefined;
      const info = isMadeAnew ? await this.#consumer.recreate(fromSeq) : await this.#consumer.info();
      this.#onFound(info, isMadeAnew ? (fromSeq ?? info.delivered.streamSeq + 1) : undefined);
    } catch (thrown) {
      if (!this.#isStopped) this.#onFailed(thrown as NatsError, wasAway);
    }
  }

  get #isStopped(): boolean {
    return this.#state === "stopped";
  }

  #onFound(info: ConsumerInfo, fromSeq: number | undefined): void {
    if (this.#isStopped) return;
    this.#state = "idle";
    this.#isKnown = true;
    this.#streamWasGone = false;
    this.#attempts = 0;
    const row = this.#failures.ended(performance.now());
    if (row !== undefined) this.#listener.onEvent({ type: "recovered", ...row });
    this.#listener.onThere(info, fromSeq);
  }

  #onFailed(error: NatsError, wasAway: boolean): void {
    if (isNatsError(error, "CONSUMER_NOT_FOUND") || isNatsError(error, "STREAM_NOT_FOUND")) {
      this.#onAway(error, wasAway);
    } else if (this.#mayPass(error)) {
      this.#retry(error, wasAway ? "away" : "idle");
    } else {
      this.#lose(error);
    }
  }

  #mayPass(error: NatsError): boolean {
    const isUnanswered = error.code === "JETSTREAM_NOT_ENABLED";
    this.#unanswered = isUnanswered ? this.#unanswered + 1 : 0;
    if (!isUnanswered) return isPassing(error);
    // A server that comes back has JetStream a moment after its clients.
    return this.#isKnown || this.#onMissing !== "fail" || this.#unanswered < FIRST_ATTEMPTS;
  }

  #retry(error: NatsError, state: "idle" | "away"): void {
    const delay = Math.round(this.#waitFor(state));
    // The connection tells of lost links.
    if (error.code === "DISCONNECTED") return;
    const row = this.#failures.failed(error, performance.now());
    this.#listener.onEvent({ type: "retrying", error, ...row, delay });
  }

  #onAway(error: JetStreamError, wasAway: boolean): void {
    this.#isKnown = true;
    if (this.#onMissing === "fail") {
      this.#lose(error);
      return;
    }
    this.#streamWasGone ||= error.code === "STREAM_NOT_FOUND";
    if (!wasAway) this.#listener.onMissing(error);
    if (this.#isStopped) return;
    if (wasAway) this.#waitFor("away");
    else this.#goAway();
  }

  #goAway(): void {
    this.#state = "away";
    this.#tryAgain(this.#onMissing === "recreate" ? 0 : FIRST_PAUSE);
  }

  #lose(error: NatsError): void {
    this.stop();
    this.#listener.onLost(error);
  }

  /** Returns the pause, in milliseconds. */
  #waitFor(state: "idle" | "away"): number {
    this.#state = state;
    const longest = growingPause(FIRST_PAUSE, this.#attempts++, LONGEST_PAUSE);
    const pause = longest * (0.5 + Math.random() / 2);
    this.#tryAgain(pause);
    return pause;
  }

  #tryAgain(pause: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#state === "idle" || this.#state === "away") void this.#ask();
    }, pause);
  }
}
