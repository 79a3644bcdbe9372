import { checkWait } from "../../core/call-options.ts";
import { withStackOfCaller } from "../../core/caller-stack.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import { UniqueIds } from "../../core/requests/unique-ids.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { BucketContext } from "../bucket-context.ts";
import type { KvError } from "../errors.ts";
import { checkKey } from "../keys.ts";
import { Acquisition } from "./acquire.ts";
import { now } from "./instant.ts";
import { type Confirmed, Lease } from "./lease.ts";
import { lockLost, mayPass } from "./lock-errors.ts";
import { type Claim, LockKey } from "./lock-key.ts";
import { type LockOptions, type LockRules, resolveLockOptions } from "./lock-options.ts";
import { Release } from "./release.ts";
import { undoClaim } from "./release-claim.ts";

/** See `Bucket.lock`. */
export async function lock(context: BucketContext, key: string, options: LockOptions = {}): Promise<Lock> {
  const rules = resolveLockOptions(options);
  return await takeLock(context, new LockKey(context, key, checkKey(context, key)), rules);
}

export async function takeLock(context: BucketContext, key: LockKey, rules: LockRules): Promise<Lock> {
  const { connection } = context.jetstream;
  const id = new UniqueIds().next();
  const holder = rules.holder ?? `${connection.foundation.name ?? "natspeed"} ${id}`;
  const claim = { id, holder, ttl: rules.ttl };
  const taken = await new Acquisition(key, claim, rules).run();
  const lock = new Lock(key, claim, taken);
  try {
    lock.hold((onClosed) =>
      connection.foundation.join({
        onClosed,
        // A lock has no messages to hand out. It is held while the connection drains.
        drain: () => Promise.resolve({ handled: 0, abandoned: 0, timedOut: false, complete: true }),
      }),
    );
  } catch (thrown) {
    void undoClaim(key, id);
    throw withStackOfCaller(thrown as NatsError);
  }
  return lock;
}

/**
 * A lock that is held. It is renewed until it is released; to dispose it releases it.
 *
 * By the clocks of this machine, the lock counts as lost here before the server gives it to another. But a process that was blocked
 * or asleep learns of the loss only when it goes on, and what it does then may come too late. So send the {@link fence} along with
 * what you do under the lock, and let the other side refuse a fence that is smaller than one it has seen.
 */
export class Lock implements AsyncDisposable {
  readonly #place: LockKey;
  readonly #claim: Claim;
  readonly #lease: Lease;
  readonly #aborter = new AbortController();
  #release: Release | undefined;
  #renewTimer: ReturnType<typeof setTimeout> | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;
  #leaveConnection: (() => void) | undefined;

  /** @internal */
  constructor(place: LockKey, claim: Claim, taken: Confirmed) {
    this.#place = place;
    this.#claim = claim;
    this.#lease = new Lease(claim.ttl, taken);
  }

  get bucket(): string {
    return this.#place.bucket;
  }

  get key(): string {
    return this.#place.key;
  }

  /** Who has it, as others see it. */
  get holder(): string {
    return this.#claim.holder;
  }

  /**
   * The revision by which it was taken. It grows from holder to holder. Send it along with what you do under the lock: the other
   * side refuses a fence that is smaller than one it has seen.
   */
  get fence(): number {
    return this.#lease.fence;
  }

  /**
   * Whether it is held at this moment, by the clock. Ask before every step that can't be undone: the {@link signal} may abort late.
   */
  get isHeld(): boolean {
    this.#pass();
    return !this.#lease.isOver;
  }

  /**
   * Aborts with `LOCK_LOST` as soon as another may have the lock: it could not be renewed in time, somebody took it away, or the
   * connection was closed. It aborts on release, too. To read this property compares the clock, so that
   * `lock.signal.throwIfAborted()` is right even in a process that was blocked.
   */
  get signal(): AbortSignal {
    this.#pass();
    return this.#aborter.signal;
  }

  /**
   * Frees the lock for whoever waits, and aborts the {@link signal}. Resolves at once if the lock was lost or released before. While
   * the server is away it tries again, for `timeout` milliseconds (5,000, or the timeout given to `kv()`). Rejects as a publish does.
   * The lock is not renewed after that, so it is free after its `ttl`, or by a further call.
   */
  async release(options: WaitOptions = {}): Promise<void> {
    const limits = checkWait(options);
    this.#giveBack();
    try {
      await this.#release?.done(limits);
    } catch (thrown) {
      throw withStackOfCaller(thrown as NatsError);
    }
  }

  /** Releases it. Never rejects: if the server does not answer, the lock is free after its `ttl`. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release();
    } catch {
      // See above.
    }
  }

  /** Begins to renew the lock. Throws what `join` throws. @internal */
  hold(join: (onClosed: (error: NatsError) => void) => () => void): void {
    this.#leaveConnection = join((error) => this.#lose("the connection was closed", error));
    this.#schedule();
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { bucket, key, holder, fence, isHeld } = this;
    return inspected("Lock", { bucket, key, holder, fence, isHeld }, depth, options, inspect);
  }

  #schedule(): void {
    this.#stopTimers();
    if (this.#lease.isOver) return;
    const moment = now();
    this.#endTimer = setTimeout(() => this.#onEndTimer(), Math.max(1, this.#lease.left(moment)));
    this.#renewTimer = setTimeout(() => void this.#renew(), Math.max(0, this.#lease.untilRenewal(moment)));
  }

  /** Compares the clock. */
  #pass(): void {
    if (this.#lease.pass(now())) this.#end(lockLost(this.#place, "it could not be renewed in time"));
  }

  #onEndTimer(): void {
    this.#pass();
    if (this.#lease.isOver) return;
    // Timers may come a little early.
    this.#endTimer = setTimeout(() => this.#onEndTimer(), Math.max(1, this.#lease.left(now())));
  }

  /** Never rejects. */
  async #renew(): Promise<void> {
    this.#pass();
    if (this.#lease.isOver) return;
    const sentAt = now();
    const timeout = this.#lease.attemptTime(sentAt);
    this.#lease.begin(sentAt);
    try {
      const revision = await this.#place.write(this.#claim, this.#lease.revision, { timeout });
      this.#onRenewed(revision);
    } catch (thrown) {
      await this.#onFailed(thrown as NatsError);
    }
    this.#schedule();
  }

  #onRenewed(revision: number): void {
    this.#pass();
    if (this.#lease.phase === "renewing") this.#lease.renewed(revision);
    // The answer came too late, and the server keeps others out for a lock that counts as lost here.
    else if (this.#lease.phase === "lost") void undoClaim(this.#place, this.#claim.id);
  }

  async #onFailed(error: NatsError): Promise<void> {
    this.#pass();
    if (this.#lease.phase !== "renewing") return;
    if (isNatsError(error, "WRONG_LAST_SEQUENCE")) await this.#lookAgain();
    else if (mayPass(error)) this.#lease.failed(now(), error.sent === true);
    else this.#lose("it can't be renewed", error);
  }

  /** The key's last revision is another one than we know. */
  async #lookAgain(): Promise<void> {
    try {
      const record = await this.#place.read({ timeout: this.#lease.attemptTime(now()) });
      this.#pass();
      if (this.#lease.phase !== "renewing") return;
      if (record?.id === this.#claim.id) this.#lease.found(record.revision, now());
      else if (record?.holder === undefined) this.#lose("somebody removed it");
      else this.#lose(`"${record.holder}" has it`);
    } catch (thrown) {
      this.#pass();
      if (this.#lease.phase !== "renewing") return;
      if (mayPass(thrown as NatsError)) this.#lease.failed(now(), false);
      else this.#lose("it can't be renewed", thrown);
    }
  }

  /** This process does not have the lock from now on. */
  #giveBack(): void {
    this.#pass();
    if (this.#lease.isOver) return;
    this.#lease.release();
    this.#end(lockLost(this.#place, "it was released"));
    // A renewal on its way reaches the server before the release.
    this.#release = new Release(this.#place, this.#claim.id, this.#lease.revision);
  }

  #lose(reason: string, cause?: unknown): void {
    if (this.#lease.isOver) return;
    this.#lease.lose();
    this.#end(lockLost(this.#place, reason, cause));
  }

  #end(error: KvError): void {
    this.#stopTimers();
    this.#leaveConnection?.();
    this.#aborter.abort(error);
  }

  #stopTimers(): void {
    clearTimeout(this.#renewTimer);
    clearTimeout(this.#endTimer);
  }
}
