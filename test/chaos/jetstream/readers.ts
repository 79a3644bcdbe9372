import type { Consumer, JetStream, Work } from "natspeed/jetstream";
import type { Invariants } from "../invariants.ts";
import type { Ledger } from "./ledger.ts";

/** The server gives a sign after so many milliseconds of silence. */
export const HEARTBEAT = 1000;

/** Handles each message, and waits until its ack is confirmed. */
export function startWorker(consumer: Consumer, ledger: Ledger, onHandled: () => void): Work {
  return consumer.work(
    async (m) => {
      const number = Number(m.string());
      ledger.onDelivered(number, m.deliverySeq);
      onHandled();
      await m.ackConfirmed({ timeout: 5000 });
      ledger.onConfirmed(number);
    },
    { concurrency: 16, idleHeartbeat: HEARTBEAT, expires: 5000, onMissing: "wait", retry: { delays: [100] } },
  );
}

/** Reads the stream in order, and sees to it that nothing is missing or comes twice. */
export class OrderedReader {
  readonly #invariants: Invariants;
  readonly #stop = new AbortController();
  readonly done: Promise<void>;
  readonly #note: (line: string) => void;
  last = 0;
  resets = 0;

  /** `note` takes lines for the journal. */
  constructor(js: JetStream, stream: string, invariants: Invariants, note: (line: string) => void) {
    this.#invariants = invariants;
    this.#note = note;
    this.done = this.#read(js, stream);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.done;
  }

  async #read(js: JetStream, stream: string): Promise<void> {
    const consumer = await js.consumers.ordered(stream);
    const messages = consumer.consume({
      idleHeartbeat: HEARTBEAT,
      expires: 5000,
      onMissing: "wait",
      signal: this.#stop.signal,
    });
    messages.on("reset", ({ reason, consumer }) => {
      this.resets++;
      this.#note(`the ordered reader goes on with ${consumer}: ${reason}`);
    });
    try {
      for await (const m of messages) {
        this.#invariants.check(
          m.seq === this.last + 1,
          "ordered",
          () => `sequence ${m.seq} came after ${this.last}`,
        );
        this.last = m.seq;
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#invariants.broken("ordered", `the loop threw ${String(error)}`);
    }
  }
}
