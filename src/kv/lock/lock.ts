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
        // A lock has no messages to hand out. It is held for as long as the connection has something to do.
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
 * A lock that is held. It is renewed until it is released; disposing it releases it.
 *
 * The holder takes it for lost earlier than the server lets another have it, by what the clocks of this machine say. A process that
 * was blocked or asleep learns of that when it goes on: what it does then may come too late. So what is done under the lock carries
 * the {@link fence}, and is refused where a larger one was seen.
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
   * The revision by which it was taken. It grows from holder to holder: what is done under the lock carries it, and one that is
   * smaller than any seen before is refused.
   */
  get fence(): number {
    return this.#lease.fence;
  }

  /**
   * Whether it is held at this moment, by the clock. Ask before every step that can't be undone: a timer may be late.
   */
  get isHeld(): boolean {
    this.#pass();
    return !this.#lease.isOver;
  }

  /**
   * Aborts, with `LOCK_LOST`, as soon as the lock may be another's: it could not be renewed in time, another has it, the
   * connection was closed; and when it is released. To read this property compares the clock: `lock.signal.throwIfAborted()`
   * is right even in a process that was blocked.
   */
  get signal(): AbortSignal {
    this.#pass();
    return this.#aborter.signal;
  }

  /**
   * Gives it to whoever waits for it, and aborts the {@link signal}. Resolves at once if it was lost or released before. While the
   * server is away it is tried again, for `timeout` milliseconds (5,000, or the context's); each call waits for its own. If it
   * rejects, as a publish does, nobody renews the lock any more: it is free after its `ttl`, or by a further call.
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

  /** Begins to renew it. Throws what `join` throws. @internal */
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
    // It came too late, and now the server keeps others out for a lock that nobody has.
    else if (this.#lease.phase === "lost") void undoClaim(this.#place, this.#claim.id);
  }

  async #onFailed(error: NatsError): Promise<void> {
    this.#pass();
    if (this.#lease.phase !== "renewing") return;
    if (isNatsError(error, "WRONG_LAST_SEQUENCE")) await this.#lookAgain();
    else if (mayPass(error)) this.#lease.failed(now(), error.sent === true);
    else this.#lose("it can't be renewed", error);
  }

  /** The key has another last revision than the one that we know. */
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

  /** Nobody has it from now on, as far as this process is concerned. */
  #giveBack(): void {
    this.#pass();
    if (this.#lease.isOver) return;
    this.#lease.release();
    this.#end(lockLost(this.#place, "it was released"));
    // A renewal that is on its way comes to the server before this.
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
