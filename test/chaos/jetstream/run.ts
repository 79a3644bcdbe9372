import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Connection } from "natspeed";
import { type Bucket, kv } from "natspeed/kv";
import { type Consumer, jetstream, type Stream, type Work } from "natspeed/jetstream";
import { objectStore } from "natspeed/object-store";
import { openHandles } from "../../support/leak-check.ts";
import { checkHandles } from "../ending.ts";
import { Fleet } from "../fleet.ts";
import { Heap } from "../heap.ts";
import { Invariants } from "../invariants.ts";
import { Journal } from "../journal.ts";
import { Random } from "../random.ts";
import type { RunOptions } from "../run-options.ts";
import { BucketLoad } from "./bucket-load.ts";
import { checkConsumers, checkSubscriptions } from "./ending.ts";
import { makeFaults } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { LockLoad } from "./lock-load.ts";
import { ObjectLoad } from "./object-load.ts";
import { HEARTBEAT, OrderedReader, startWorker } from "./readers.ts";
import { describeFault, type Fault, FAULT_KINDS, makeSchedule } from "./schedule.ts";
import { Writer } from "./writer.ts";

const STREAM = "CHAOS";
const BUCKET = "CHAOS";
const STORE = "CHAOS";

/** What an election and the return of a server may take, before two heartbeats without a message count as a stall. */
const ELECTION = 10_000;

/** When all is over everything that was acked is handled within so many milliseconds. */
const CATCH_UP = 60_000;

const CONNECTION = {
  pingInterval: 1000,
  maxPingsOut: 2,
  timeout: 1000,
  reconnect: { delay: 50, maxDelay: 1000 },
  warnings: false,
} as const;

/**
 * One run over streams of three replicas: a writer, workers that share a consumer, an ordered reader, a bucket with a view and a
 * lock, a store of objects, and faults.
 */
export class JetStreamRun {
  readonly #options: RunOptions;
  readonly #tell: (line: string) => void;
  readonly #stop: AbortSignal;
  readonly #schedule: readonly Fault[];
  readonly #ledger: Ledger;
  readonly #heap: Heap;
  readonly #journal = new Journal();
  readonly #note = (line: string): void => this.#journal.note(line);
  readonly #kinds = new Set<string>();
  readonly invariants: Invariants;
  report: string | undefined;
  faults = 0;
  #handledAt = performance.now();
  /** When the last fault was over; undefined while one is under way. */
  #calmSince: number | undefined = performance.now();

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
    const length = options.seconds * 1000;
    this.#options = options;
    this.#tell = noted(tell);
    this.#stop = stop;
    this.#schedule = makeSchedule(new Random(options.seed).fork("jetstream"), length, 3);
    this.invariants = new Invariants(noted(warn));
    this.#ledger = new Ledger(this.invariants, length);
    this.#heap = new Heap(this.#note, length);
  }

  async run(): Promise<void> {
    const before = openHandles();
    this.#tell(`The schedule, ${this.#schedule.length} faults:`);
    for (const fault of this.#schedule)
      this.#tell(`  ${(fault.at / 1000).toFixed(1)} s: ${describeFault(fault)}`);
    const fleet = await Fleet.start(this.#tell, { jetstream: true });
    const open: Connection[] = [];
    try {
      await this.#runWith(fleet, open);
    } finally {
      await Promise.all(open.map((nc) => nc.close()));
      await fleet.stop();
      this.#tell(`${this.#journal.addLogs(fleet)} has the journal and the servers' logs`);
    }
    if (!this.#stop.aborted) await checkHandles(before, this.invariants);
  }

  async #runWith(fleet: Fleet, open: Connection[]): Promise<void> {
    const dial = async (name: string): Promise<Connection> => {
      const nc = await connect({ ...CONNECTION, name, servers: fleet.places.map(({ door }) => door.url) });
      open.push(nc);
      return nc;
    };
    const [writing, working, alsoWorking, reading, looking] = await Promise.all(
      ["writer", "worker 1", "worker 2", "reader", "looker"].map(dial),
    );
    const loads = [...(await this.#bucketLoads(dial)), await this.#objectLoad(dial)];
    const js = jetstream(looking!, { timeout: 5000 });
    const stream = await js.streams.create({
      name: STREAM,
      subjects: ["chaos.*"],
      replicas: 3,
      allowDirect: true,
      duplicateWindow: 3_600_000,
    });
    await js.consumers.create(STREAM, { durable: "workers", ackWait: 10_000, maxAckPending: 200 });
    const onHandled = (): void => void (this.#handledAt = performance.now());
    const workers = [working!, alsoWorking!].map((nc) =>
      startWorker(jetstream(nc).consumers.bind(STREAM, "workers"), this.#ledger, onHandled),
    );
    const reader = new OrderedReader(jetstream(reading!), STREAM, this.invariants, this.#note);
    const stopNoting = this.#noteConsumers(looking!);
    const writerStop = new AbortController();
    const written = new Writer(jetstream(writing!), this.#ledger, this.invariants).run(writerStop.signal);
    const watching = this.#sampleHeap(writerStop.signal);
    const loaded = loads.map((load) => load.run(writerStop.signal));
    await this.#makeFaults(fleet, {
      stream,
      bucket: js.streams.bind(`KV_${BUCKET}`),
      consumer: js.consumers.bind(STREAM, "workers"),
    });
    writerStop.abort();
    await Promise.all([written, watching, ...loaded]);
    if (!this.#stop.aborted) await this.#checkEnd(stream, workers, reader);
    if (this.report !== undefined) this.report += loads.map((load) => `\n  ${load.describe()}`).join("");
    await reader.stop();
    await Promise.all(workers.map((work) => work.stop()));
    if (this.#stop.aborted) return stopNoting();
    await checkConsumers(js, STREAM, ["workers"], this.invariants);
    for (const name of [`KV_${BUCKET}`, `OBJ_${STORE}`]) await checkConsumers(js, name, [], this.invariants);
    stopNoting();
    checkSubscriptions(open, this.invariants);
  }

  /** What the servers tell of consumers, as far as it comes. */
  #noteConsumers(nc: Connection): () => void {
    const subject = "$JS.EVENT.ADVISORY.CONSUMER.>";
    const noting = nc.subscribe(subject, { callback: ({ subject: told }) => this.#note(told) });
    return () => noting.unsubscribe();
  }

  /** A bucket of three replicas, and what goes on in it. */
  async #bucketLoads(dial: (name: string) => Promise<Connection>): Promise<readonly [BucketLoad, LockLoad]> {
    const names = ["bucket writer", "viewer", "contender 1", "contender 2", "contender 3"];
    const [writing, viewing, ...contending] = await Promise.all(names.map(dial));
    await kv(writing!).create(BUCKET, { replicas: 3, limitMarkerTtl: 60_000 }, { timeout: 10_000 });
    const bucketOf = (nc: Connection): Promise<Bucket> => kv(nc).get(BUCKET);
    const load = new BucketLoad(await bucketOf(writing!), await bucketOf(viewing!), this.invariants);
    return [load, new LockLoad(await Promise.all(contending.map(bucketOf)), this.invariants)];
  }

  /** A store of three replicas. */
  async #objectLoad(dial: (name: string) => Promise<Connection>): Promise<ObjectLoad> {
    const [writing, reading] = await Promise.all(["object writer", "object reader"].map(dial));
    const store = await objectStore(writing!).create(STORE, { replicas: 3 }, { timeout: 10_000 });
    return new ObjectLoad(store, await objectStore(reading!).get(STORE), this.invariants);
  }

  async #makeFaults(
    fleet: Fleet,
    assets: { readonly stream: Stream; readonly bucket: Stream; readonly consumer: Consumer },
  ): Promise<void> {
    const onBegin = (): void => void (this.#calmSince = undefined);
    const onOver = ({ kind }: Fault): void => {
      this.faults++;
      this.#kinds.add(kind);
      const overAt = performance.now();
      this.#calmSince = overAt;
      setTimeout(
        () => {
          const isGoingOn = this.#handledAt > overAt;
          if (this.#stop.aborted) return;
          this.invariants.check(isGoingOn, "recovery", () => `nothing was handled after the end of ${kind}`);
        },
        2 * HEARTBEAT + ELECTION,
      ).unref();
    };
    await makeFaults(this.#schedule, {
      fleet,
      ...assets,
      tell: this.#tell,
      signal: this.#stop,
      onBegin,
      onOver,
    });
    await sleep(2000);
    for (const kind of this.#options.seconds >= 90 ? FAULT_KINDS : [])
      this.invariants.check(this.#kinds.has(kind), "variety", () => `there was no ${kind}`);
  }

  /** While no fault is under way and messages have been handled since the last one. */
  async #sampleHeap(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#calmSince !== undefined && this.#handledAt > this.#calmSince) this.#heap.sample();
      await sleep(500, undefined, { signal }).catch(() => {});
    }
  }

  async #checkEnd(stream: Stream, workers: readonly Work[], reader: OrderedReader): Promise<void> {
    const ledger = this.#ledger;
    ledger.checkSettled();
    const { lastSeq } = (await stream.info({ timeout: 10_000 })).state;
    const deadline = performance.now() + CATCH_UP;
    while ((ledger.owed.length > 0 || reader.last < lastSeq) && performance.now() < deadline)
      await sleep(100);
    const { owed } = ledger;
    this.invariants.check(
      owed.length === 0,
      "handled once",
      () => `never handled: ${owed.slice(0, 10).join(", ")} …`,
    );
    this.invariants.check(reader.last >= lastSeq, "ordered", () => `${reader.last} of ${lastSeq} were read`);
    // What follows reads the whole stream into memory.
    this.#heap.sampleLast();
    this.#heap.check(this.invariants);
    const stored = new Map<number, number[]>();
    for await (const m of stream.messages()) {
      const number = Number(m.string());
      stored.set(number, [...(stored.get(number) ?? []), m.seq]);
    }
    ledger.checkStored(stored);
    const reports = await Promise.all(workers.map((work) => work.drain({ timeout: 15_000 })));
    for (const { abandoned, timedOut } of reports)
      this.invariants.check(
        abandoned === 0 && !timedOut,
        "recovery",
        () => `a drain gave up ${abandoned} messages`,
      );
    this.report = [
      `  published ${ledger.published}: ${ledger.acked} acked, ${ledger.failed} failed and told`,
      `  stored ${stored.size}; handled ${ledger.handled}, ${ledger.redelivered} of them came again, ${ledger.late} after their ack was confirmed`,
      `  read in order up to ${reader.last}, with ${reader.resets} resets`,
      `  heap: ${this.#heap.describe()}`,
    ].join("\n");
  }
}
