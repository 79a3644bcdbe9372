import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { openHandles } from "../support/leak-check.ts";
import { checkpoint, type Finding } from "./checkpoint.ts";
import {
  checkAllIsAccountedFor,
  checkHandles,
  checkInterest,
  checkNothingIsLeft,
  closeAll,
} from "./ending.ts";
import { Faults } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { Health } from "./health.ts";
import { Heap } from "./heap.ts";
import { Invariants } from "./invariants.ts";
import { Journal } from "./journal.ts";
import { Random } from "./random.ts";
import { reportTable } from "./report.ts";
import type { RunOptions } from "./run-options.ts";
import { checkLatePong } from "./late-pong.ts";
import { drainWithinMove, moveOnDemand } from "./moves.ts";
import { describeFault, type Fault, FAULT_KINDS, makeSchedule } from "./schedule.ts";
import { Workload } from "./workload.ts";

/** After the last fault all must be well within so many milliseconds. */
const RECOVERY_LIMIT = 10_000;

const REVIEW_INTERVAL = 500;

/** From so many seconds on a run has had faults and events of all kinds. */
const LONG = 90;

/** One run: a cluster, a workload, faults, and what is found. */
export class Run {
  readonly #tell: (line: string) => void;
  readonly #random: Random;
  readonly #stop: AbortSignal;
  readonly #schedule: readonly Fault[];
  readonly #clients: Workload["clients"] = [];
  readonly #findings = { held: 0, void: 0, broken: 0 };
  readonly #journal = new Journal();
  readonly #heap: Heap;
  readonly invariants: Invariants;
  #workload: Workload | undefined;
  #recovery: number | undefined;
  #faults = 0;
  #drains = 0;
  readonly #isLong: boolean;

  /** `stop` ends it early, with everything stopped. */
  constructor(
    options: RunOptions,
    tell: (line: string) => void,
    warn: (line: string) => void,
    stop: AbortSignal,
  ) {
    const noted =
      (print: (line: string) => void) =>
      (line: string): void => {
        this.#journal.note(line);
        print(line);
      };
    this.#tell = noted(tell);
    this.#random = new Random(options.seed);
    this.#heap = new Heap((line) => this.#journal.note(line), options.seconds * 1000);
    this.#stop = stop;
    this.#isLong = options.seconds >= LONG;
    setMaxListeners(0, stop);
    this.#schedule = makeSchedule(this.#random.fork("schedule"), options.seconds * 1000, 3);
    this.invariants = new Invariants(noted(warn));
  }

  get faults(): number {
    return this.#faults;
  }

  async run(): Promise<void> {
    const before = openHandles();
    this.#tell(`The schedule, ${this.#schedule.length} faults:`);
    for (const fault of this.#schedule)
      this.#tell(`  ${(fault.at / 1000).toFixed(1)} s: ${describeFault(fault)}`);
    const fleet = await Fleet.start(this.#tell);
    try {
      const withFleet = openHandles();
      await this.#runWith(fleet);
      if (this.#workload !== undefined && !this.#stop.aborted) {
        await checkNothingIsLeft(this.#workload, withFleet, this.invariants);
      }
    } finally {
      await Promise.all(this.#clients.map(({ nc }) => nc.close()));
      await fleet.stop();
      this.#tell(`${this.#journal.addLogs(fleet)} has the journal and the servers' logs`);
    }
    if (!this.#stop.aborted) await checkHandles(before, this.invariants);
  }

  /** The table of counts; undefined before there is something to count. */
  get report(): string | undefined {
    if (this.#workload === undefined) return undefined;
    return reportTable(this.#workload, {
      faults: this.#faults,
      checkpoints: this.#findings,
      recovery: this.#recovery,
      heap: this.#heap.describe(),
    });
  }

  async #runWith(fleet: Fleet): Promise<void> {
    const health: Health = new Health(fleet, this.#clients);
    const workload = new Workload(fleet, this.#random.fork("workload"), this.invariants, this.#clients, {
      calm: () => health.calm,
      onTrouble: () => health.onTrouble(),
      note: (line) => this.#journal.note(line),
    });
    this.#workload = workload;
    await workload.start();
    this.#tell(`${workload.clients.length} connections are open`);
    const over = new AbortController();
    const watching = [health.watch(over.signal), this.#review(workload, health, over.signal)];
    try {
      await this.#faultsAndRecovery(fleet, workload, health);
    } finally {
      over.abort();
      await Promise.all(watching);
      await workload.stop();
    }
    if (this.#stop.aborted) return;
    await checkAllIsAccountedFor(workload, this.invariants);
    await checkInterest(workload, fleet, this.invariants);
    this.#heap.sampleLast();
    this.#heap.check(this.invariants);
    await closeAll(workload.clients, this.#random.fork("ending"), this.invariants);
  }

  async #faultsAndRecovery(fleet: Fleet, workload: Workload, health: Health): Promise<void> {
    const faults = new Faults(fleet, {
      onBegin: () => health.onFault(),
      onAllOver: () => health.onFaultsOver(),
      tell: this.#tell,
      onDelayed: (place, by, isOver) => {
        for (const client of this.#clients) {
          if (client.isConnected && client.nc.server === place.door.url)
            void checkLatePong(client, by, isOver, this.invariants);
        }
      },
      move: (client) => this.#move(client),
      drain: () => drainWithinMove(fleet, ++this.#drains, this.invariants),
    });
    await faults.run(this.#schedule, this.#stop);
    this.#faults = faults.done;
    if (this.#stop.aborted) return;
    if (this.#isLong) this.#checkVariety(faults);
    this.#tell("The last fault is over");
    const startedAt = performance.now();
    while (performance.now() - startedAt < RECOVERY_LIMIT && !this.#stop.aborted) {
      if ((await checkpoint(workload, health, this.invariants)) !== "void") {
        this.#recovery = performance.now() - startedAt;
        return;
      }
      await sleep(50);
    }
    this.invariants.broken("recovery", `not well after ${RECOVERY_LIMIT / 1000} s: ${health.obstacle}`);
  }

  /** Publishers move when all is well: what they leave behind at a server that fails is not in their books. */
  async #move(number: number): Promise<void> {
    const publishers = new Set(this.#workload!.publishers.map(({ client }) => client));
    const others = this.#clients.filter((client) => client.isConnected && !publishers.has(client));
    const client = others[number % others.length];
    if (client !== undefined) await moveOnDemand(client, () => undefined, this.invariants);
  }

  /** A run that is long enough must have had all there is, or it proves less than it says. */
  #checkVariety({ counts }: Faults): void {
    for (const kind of FAULT_KINDS) {
      this.invariants.check(counts.has(kind), "variety", () => `there was no ${kind}`);
    }
    const sums = { reconnects: 0, moves: 0, lameDucks: 0 };
    for (const { reconnects, moves, lameDucks } of this.#clients) {
      sums.reconnects += reconnects;
      sums.moves += moves;
      sums.lameDucks += lameDucks;
    }
    for (const [name, sum] of Object.entries(sums))
      this.invariants.check(sum > 0, "variety", () => `there were no ${name}`);
  }

  /** What is checked all the time, and whenever all is calm. */
  async #review(workload: Workload, health: Health, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(REVIEW_INTERVAL, undefined, { signal }).catch(() => {});
      const now = performance.now();
      for (const streams of workload.deliveries.values()) {
        for (const { receipts } of streams.values()) receipts.review(now);
      }
      for (const receiver of workload.receivers) receiver.review(now);
      for (const publisher of workload.publishers) publisher.checkCounts();
      for (const requester of workload.requesters) requester.review();
      if (health.calm !== undefined && !signal.aborted)
        this.#note(await checkpoint(workload, health, this.invariants));
    }
  }

  #note(finding: Finding): void {
    this.#findings[finding]++;
    if (finding !== "held") return;
    this.#heap.sample();
  }
}
