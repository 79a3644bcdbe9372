import { encodeEmptyPub, encodeSub, encodeUnsub } from "../protocol/commands.ts";
import { Waiter } from "../waiter.ts";

/** How long it is tried; a cluster that is slower is not waited for. */
const LIMIT = 2000;

/** Milliseconds to the second try; doubled each time. */
const FIRST_PAUSE = 5;

/** How long interest may take to spread where it can't be found out. */
const SPREAD_TIME = 100;

/**
 * Finds out whether a whole cluster knows what one more of its servers has been told: a message that is published at
 * the server in use has to come by the other one.
 */
export class ClusterProbe {
  readonly #subject: string;
  readonly #sid: number;
  readonly #publish: (command: Uint8Array) => void;
  #outcome = new Waiter<void>({ timeout: LIMIT }, { what: "the cluster" });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDenied = false;
  #isOver = false;

  constructor(subject: string, sid: number, publish: (command: Uint8Array) => void) {
    this.#subject = subject;
    this.#sid = sid;
    this.#publish = publish;
  }

  /** Resolves when the message has come, or there is no point in waiting for it. */
  async run(tell: (commands: Uint8Array[]) => void): Promise<void> {
    tell([encodeSub(this.#subject, undefined, this.#sid)]);
    this.#try(FIRST_PAUSE);
    await this.#outcome.promise.catch(() => undefined);
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    tell([encodeUnsub(this.#sid)]);
    if (!this.#isDenied) return;
    this.#outcome = new Waiter<void>({ timeout: SPREAD_TIME }, { what: "the cluster" });
    await this.#outcome.promise.catch(() => undefined);
  }

  #try(pause: number): void {
    this.#publish(encodeEmptyPub(this.#subject));
    this.#timer = setTimeout(() => this.#try(2 * pause), pause);
  }

  /** Takes a message of the other server; false if it is another's. */
  take(sid: number): boolean {
    if (sid !== this.#sid) return false;
    this.#outcome.resolve();
    return true;
  }

  /** Takes the refusal of a subject, which is no business of the application; false if it is another's. */
  onDenied(subject: string | undefined): boolean {
    if (subject !== this.#subject) return false;
    this.#isDenied = true;
    this.#outcome.resolve();
    return true;
  }

  /** One of the two servers is gone. */
  stop(): void {
    this.#isOver = true;
    this.#outcome.resolve();
  }
}
