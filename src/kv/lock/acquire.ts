import { withStackOfCaller } from "../../core/caller-stack.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { rest } from "../../core/rest.ts";
import { LastingTrouble, stillFailing } from "../../jetstream/lasting-trouble.ts";
import { Retries } from "../../jetstream/retries.ts";
import { FreeWatch } from "./free-watch.ts";
import { elapsed, now } from "./instant.ts";
import type { Confirmed } from "./lease.ts";
import { explained, lockHeld, mayPass } from "./lock-errors.ts";
import type { Claim, LockKey } from "./lock-key.ts";
import { undoClaim } from "./release-claim.ts";

/** Milliseconds between two attempts when the server doesn't answer. */
const PAUSE = 250;

/** Milliseconds that an attempt may take, if there is no tighter limit. */
const ATTEMPT = 5000;

/** Who has the lock, and by which revision. */
interface Occupant {
  readonly holder: string;
  readonly revision: number;
}

/**
 * Takes a lock, and waits while another has it. A write without an answer may have been stored. The id tells whose it is, so that no
 * holder waits for itself.
 */
export class Acquisition {
  readonly #key: LockKey;
  readonly #claim: Claim;
  readonly #limits: Pick<WaitOptions, "signal">;
  readonly #deadline: number;
  readonly #free: FreeWatch;
  readonly #failures = new Retries<NatsError>();
  readonly #trouble = new LastingTrouble();
  #occupant: Occupant | undefined;
  /** A write that got no answer may be stored. */
  #isUncertain = false;

  constructor(key: LockKey, claim: Claim, { timeout = Infinity, signal }: WaitOptions) {
    this.#key = key;
    this.#claim = claim;
    this.#limits = signal === undefined ? {} : { signal };
    this.#deadline = performance.now() + timeout;
    this.#free = new FreeWatch(key);
  }

  /** Rejects with `LOCK_HELD`, `TIMEOUT` or `ABORTED`, and with a failure that no waiting helps against. */
  async run(): Promise<Confirmed> {
    try {
      for (;;) {
        const taken = await this.#attempt();
        if (taken !== undefined) return taken;
      }
    } catch (thrown) {
      if (this.#isUncertain) void undoClaim(this.#key, this.#claim.id);
      throw withStackOfCaller(explained(thrown as NatsError, this.#key));
    } finally {
      void this.#free.stop();
    }
  }

  /** One attempt, and the wait before the next one if it failed. */
  async #attempt(): Promise<Confirmed | undefined> {
    let failure: NatsError | undefined;
    try {
      const taken = await this.#take();
      if (taken !== undefined) return taken;
      this.#failures.ended(performance.now());
    } catch (thrown) {
      failure = thrown as NatsError;
      if (!mayPass(failure)) throw failure;
      this.#onFailed(failure);
    }
    if (this.#left > 0) await this.#wait(failure);
    if (this.#left <= 0) throw this.#end(failure);
    return undefined;
  }

  /** Resolves with undefined if somebody else has it. */
  async #take(): Promise<Confirmed | undefined> {
    await this.#key.checkTtl(this.#claim.ttl, this.#attemptLimits());
    for (let last = 0; ;) {
      const taken = await this.#write(last);
      if (taken !== undefined) return taken;
      const record = await this.#key.read(this.#attemptLimits());
      if (record?.holder !== undefined && record.id !== this.#claim.id) {
        this.#occupant = { holder: record.holder, revision: record.revision };
        return undefined;
      }
      // Nothing, a marker, or a write of our own that got no answer.
      last = record?.revision ?? 0;
    }
  }

  /** Resolves with undefined if `last` is not the key's last revision any more. */
  async #write(last: number): Promise<Confirmed | undefined> {
    const sentAt = now();
    try {
      const revision = await this.#key.write(this.#claim, last, this.#attemptLimits());
      // This process was blocked, and much of the lock's time is gone: it is written again.
      if (elapsed(sentAt, now()) > this.#claim.ttl / 2) return await this.#write(revision);
      return { revision, sentAt };
    } catch (thrown) {
      const error = thrown as NatsError;
      if (isNatsError(error, "WRONG_LAST_SEQUENCE")) return undefined;
      // The read rejects if the bucket is gone. If it only has no leader just now, another attempt helps.
      if (isNatsError(error, "NO_STREAM")) await this.#key.read(this.#attemptLimits());
      if (error.sent === true) this.#isUncertain = true;
      throw error;
    }
  }

  async #wait(failure: NatsError | undefined): Promise<void> {
    if (failure === undefined && this.#occupant !== undefined) {
      await this.#free.freed(this.#occupant.revision, Math.min(this.#claim.ttl, this.#left), this.#limits);
    } else {
      const { key } = this.#key;
      await rest(Math.min(PAUSE, this.#left), this.#limits, { what: `the lock "${key}"` });
    }
  }

  /** Whoever has no time limit would never be told. */
  #onFailed(failure: NatsError): void {
    if (this.#deadline !== Infinity) return;
    // The connection tells of lost links. Requests that wait for the next one may fail by their time.
    if (failure.code === "DISCONNECTED" || !this.#key.isLinked) return;
    const row = this.#failures.failed(failure, performance.now());
    if (!this.#trouble.isNews(row)) return;
    const { key, bucket } = this.#key;
    this.#key.report(stillFailing(`taking the lock "${key}" of bucket "${bucket}"`, failure, row));
  }

  #end(failure: NatsError | undefined): NatsError {
    if (this.#occupant === undefined) return failure!;
    const { holder, revision } = this.#occupant;
    return lockHeld(this.#key, this.#free.holder ?? holder, revision, failure);
  }

  get #left(): number {
    return this.#deadline - performance.now();
  }

  /** Without time to wait it is still tried once. */
  #attemptLimits(): WaitOptions {
    const left = this.#left <= 0 ? ATTEMPT : Math.ceil(this.#left);
    return { ...this.#limits, timeout: Math.min(ATTEMPT, this.#claim.ttl / 2, left) };
  }
}
