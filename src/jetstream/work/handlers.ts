import { isPromiseLike } from "../../core/is-promise-like.ts";
import type { ConsumeEvent } from "../consume/events.ts";
import type { HandOut, HandOutHost } from "../consume/hand-out.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import { Alarm } from "../alarm.ts";
import { BatchClock } from "./batch-clock.ts";
import { handlerOverdue, workEnded } from "./handler-errors.ts";
import type { HeldMessage } from "./held-message.ts";
import { Intake } from "./intake.ts";
import { LifeSigns, type LifeSignsHost } from "./life-signs.ts";
import type { ResolvedWork } from "./resolve-work.ts";
import { type Failure, Run } from "./run.ts";
import { Settling, type SettlingConsumer } from "./settling.ts";

/** What {@link Handlers} need of whoever runs them. */
export interface HandlersHost extends HandOutHost<JetStreamMessage> {
  onEvent(event: ConsumeEvent): void;
  /** Whether there is a link to a server. */
  readonly isLinked: boolean;
}

/** Gives messages to handlers, several at a time, keeps them from coming again meanwhile, and settles them when the handlers end. */
export class Handlers implements HandOut<JetStreamMessage>, LifeSignsHost {
  readonly isBegun = true;
  readonly throwsEnd = false;
  readonly #options: ResolvedWork;
  readonly #host: HandlersHost;
  readonly #settling: Settling;
  readonly #lifeSigns: LifeSigns;
  readonly #intake: Intake;
  /** Undefined unless messages are handled in batches. */
  readonly #batches: BatchClock | undefined;
  readonly #batchAlarm = new Alarm(() => this.#handOut());
  /** Runs that take up a place; after the end, those whose handlers are still at work. */
  readonly #runs = new Set<Run>();
  /** Messages that were given to handlers, or refused before. */
  #begun = 0;
  #onStack: Run | undefined;
  #spared: ReadonlySet<JetStreamMessage> | undefined;
  #isHandingOut = false;
  /** more: messages still come. last: none will. ended: nothing is handed out. */
  #supply: "more" | "last" | "ended" = "more";

  constructor(options: ResolvedWork, consumer: SettlingConsumer, host: HandlersHost) {
    this.#options = options;
    this.#host = host;
    const { keepAlive, retry, deadLetters, batch, orderBy } = options;
    this.#settling = new Settling(retry, deadLetters, {
      consumer,
      onHandlerError: (message, error, delay) =>
        host.onEvent({ type: "handlerError", message, error, delay }),
    });
    this.#lifeSigns = new LifeSigns(keepAlive, this);
    this.#intake = new Intake(orderBy, {
      shelf: host,
      lifeSigns: this.#lifeSigns,
      onRefused: (item, thrown) => this.#refuse(item, thrown),
    });
    this.#batches = batch === undefined ? undefined : new BatchClock(batch);
  }

  get stats(): Record<"running" | "acked" | "retried" | "givenUp", number> {
    let running = 0;
    for (const { items } of this.#runs) running += items.length;
    return { running, ...this.#settling.counts };
  }

  get inHand(): readonly JetStreamMessage[] {
    const inHand = this.#intake.waiting.map(({ message }) => message);
    for (const { items } of this.#runs) for (const { message } of items) inHand.push(message);
    return inHand;
  }

  get onStack(): JetStreamMessage | undefined {
    return this.#onStack?.items[0]?.message;
  }

  /** What the call of a handler was given that has not returned. */
  get allOnStack(): readonly JetStreamMessage[] {
    return this.#onStack?.items.map(({ message }) => message) ?? [];
  }

  onStocked(): void {
    if (this.#supply !== "ended") this.#intake.onStocked();
    this.#handOut();
  }

  /** A handler that waits for a drain takes up no place: what waits behind it would wait for it. */
  onSpared(spared: ReadonlySet<JetStreamMessage>): void {
    this.#spared = spared;
    // Handlers are never called within a drain.
    queueMicrotask(() => this.#handOut());
  }

  finish(): void {
    this.#supply = "last";
    this.#handOut();
  }

  abandon(): readonly JetStreamMessage[] {
    this.#supply = "ended";
    this.#batchAlarm.stop();
    for (const run of this.#runs) {
      if (run.state === "running") run.state = "left";
      run.context.abort(workEnded());
    }
    const waiting = this.#intake.clear();
    this.#lifeSigns.end();
    return waiting;
  }

  #handOut(): void {
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    while (this.#hasPlace && this.#isDue()) {
      const items = this.#intake.take(this.#options.batch?.size ?? 1);
      this.#batches?.restart(this.#intake.free, performance.now());
      if (items.length > 0) this.#begin(new Run(items));
    }
    this.#isHandingOut = false;
  }

  get #hasPlace(): boolean {
    if (this.#supply === "ended") return false;
    const { concurrency } = this.#options;
    if (this.#runs.size < concurrency || this.#spared === undefined) return this.#runs.size < concurrency;
    let places = 0;
    for (const run of this.#runs) if (!run.isSpared(this.#spared)) places++;
    return places < concurrency;
  }

  /** Whether what waits is to be handled now. */
  #isDue(): boolean {
    const { free } = this.#intake;
    const isLast = this.#supply === "last" || this.#begun + free >= this.#options.stopAfter;
    if (this.#batches === undefined || isLast) return free > 0;
    if (this.#batches.isDue(free, performance.now())) return true;
    this.#batchAlarm.set(this.#batches.dueAt);
    return false;
  }

  #begin(run: Run): void {
    this.#runs.add(run);
    this.#begun += run.items.length;
    this.#onStack = run;
    let promise: PromiseLike<unknown> | undefined;
    let failure: Failure | undefined;
    try {
      const result = this.#options.handle(run);
      if (isPromiseLike(result)) promise = result;
    } catch (thrown) {
      failure = { thrown };
    }
    this.#onStack = undefined;
    if (promise === undefined) this.#onReturn(run, failure);
    else this.#await(run, promise);
  }

  #await(run: Run, result: PromiseLike<unknown>): void {
    const now = performance.now();
    for (const item of run.items) this.#lifeSigns.keep(item, now);
    const onFulfilled = (): void => this.#onReturn(run, undefined);
    const onRejected = (thrown: unknown): void => this.#onReturn(run, { thrown });
    try {
      result.then(onFulfilled, onRejected);
    } catch (thrown) {
      onRejected(thrown);
    }
  }

  #onReturn(run: Run, failure: Failure | undefined): void {
    // Not every `then` keeps to the rule that a promise settles once.
    if (run.hasReturned) return;
    run.hasReturned = true;
    if (run.state === "running") {
      this.#settle(run, ({ message }) =>
        failure === undefined
          ? this.#settling.succeed(message)
          : this.#settling.fail(message, failure.thrown, run.isOfOne),
      );
    } else {
      this.#onLateReturn(run, failure);
    }
  }

  /** A handler that nobody waits for has ended. If it did well its message is acked; else that comes again, at once if the work is over. */
  #onLateReturn(run: Run, failure: Failure | undefined): void {
    for (const { message } of run.items) {
      if (failure === undefined) this.#settling.succeedLate(message, run.context.isWatched);
      else if (run.state === "left") this.#settling.failLate(message, failure.thrown, run.context.isWatched);
    }
    if (run.state === "left") this.#forget(run);
  }

  /** An error of the application's own before a handler was called. */
  #refuse(item: HeldMessage, thrown: unknown): void {
    const run = new Run([item]);
    run.hasReturned = true;
    run.isRefused = true;
    this.#runs.add(run);
    this.#begun++;
    this.#settle(run, ({ message }) => this.#settling.fail(message, thrown, true));
  }

  get isLinked(): boolean {
    return this.#host.isLinked;
  }

  onOver(item: HeldMessage, now: number): void {
    if (this.#intake.expire(item, now)) return;
    for (const run of this.#runs) {
      if (run.state !== "running" || !run.items.includes(item)) continue;
      this.#giveUpOn(run, now);
      return;
    }
  }

  /** The handler's time is up. Its place is free for another one, so that the work goes on even if it hangs for ever. */
  #giveUpOn(run: Run, now: number): void {
    const elapsed = now - run.begunAt;
    this.#settle(run, ({ message, deadline }) =>
      this.#settling.overdue(message, handlerOverdue(message, elapsed), deadline - now, run.isOfOne),
    );
    run.context.abort(handlerOverdue(run.items[0]!.message, elapsed));
  }

  #settle(run: Run, settle: (item: HeldMessage) => Promise<void> | undefined): void {
    run.state = "settling";
    const open = run.items.map(settle).filter((promise) => promise !== undefined);
    if (open.length === 0) {
      this.#end(run);
      return;
    }
    // The message must not come again while its dead letter is being kept.
    const now = performance.now();
    for (const item of run.items) this.#lifeSigns.keep(item, now);
    void Promise.all(open).then(() => this.#end(run));
  }

  #end(run: Run): void {
    run.state = "over";
    this.#forget(run);
    if (!run.isRefused) for (const item of run.items) this.#intake.done(item);
    if (this.#supply === "ended") return;
    for (const { message } of run.items) this.#host.complete(message);
    this.#handOut();
  }

  #forget(run: Run): void {
    this.#runs.delete(run);
    for (const item of run.items) this.#lifeSigns.release(item);
  }
}
