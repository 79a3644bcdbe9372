import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GuardedTransport } from "../../../src/core/link/guarded-transport.ts";
import type { Transport, TransportListener } from "../../../src/core/transport.ts";
import { bytesOf } from "../support/bytes.ts";

/** What a transport does from within a call: a drain, an end, bytes, an exception, or nothing. */
type Mischief = "drain" | "close" | "data" | "throw" | "nothing";

/** An application's own: it does what comes next of its list, whenever it is called. */
class Unruly implements Transport {
  readonly remoteAddress = "here";
  readonly isSecure = false;
  readonly unsentBytes = 0;
  /** It keeps the memory of a write. */
  isKeeping = false;
  /** How many of its calls are under way. */
  calls = 0;
  readonly #mischief: Mischief[];
  readonly #answers: boolean[];
  #tell: TransportListener | undefined;

  constructor(mischief: readonly Mischief[], answers: readonly boolean[]) {
    this.#mischief = [...mischief];
    this.#answers = [...answers];
  }

  listen(listener: TransportListener): void {
    this.#tell = listener;
    this.#within(() => true);
  }

  write(): boolean {
    return this.#within(() => {
      const hasLeft = this.#answers.shift() ?? true;
      if (!hasLeft) this.isKeeping = true;
      return hasLeft;
    });
  }

  writeAll(): boolean {
    return this.write();
  }

  end(): Promise<number> {
    return Promise.resolve(0);
  }

  destroy(): void {
    this.#within(() => true);
  }

  /** Does what comes next, from within no call. */
  act(): void {
    const mischief = this.#mischief.shift();
    if (mischief === "drain") this.isKeeping = false;
    if (mischief === "drain") this.#tell?.onDrain();
    if (mischief === "close") this.#tell?.onClose();
    if (mischief === "data") this.#tell?.onData(bytesOf("+OK\r\n"));
    if (mischief === "throw" && this.calls > 0) throw new Error("the tunnel broke");
  }

  #within(answer: () => boolean): boolean {
    this.calls++;
    try {
      const hasLeft = answer();
      this.act();
      return hasLeft;
    } finally {
      this.calls--;
    }
  }
}

/** Writes as the outbox does, and notes what the transport should not have told. */
class Writer implements TransportListener {
  readonly faults: string[] = [];
  readonly #unruly: Unruly;
  readonly #guarded: GuardedTransport;
  #isBusy = false;
  #isOver = false;

  constructor(unruly: Unruly) {
    this.#unruly = unruly;
    this.#guarded = new GuardedTransport(unruly);
    this.#guarded.listen(this);
  }

  write(): void {
    if (!this.#isBusy && !this.#isOver) this.#isBusy = !this.#guarded.write(bytesOf("PING\r\n"));
  }

  onData(): void {
    this.#note("data");
  }

  onDrain(): void {
    if (!this.#isBusy) this.faults.push("a drain that nothing waits for");
    if (this.#unruly.isKeeping) this.faults.push("a drain while the memory is kept");
    this.#isBusy = false;
    this.#note("a drain");
  }

  onClose(): void {
    this.#note("an end");
    this.#isOver = true;
  }

  #note(what: string): void {
    if (this.#unruly.calls > 0) this.faults.push(`${what} within a call`);
    if (this.#isOver) this.faults.push(`${what} after the end`);
  }
}

const mischief = fc.constantFrom<Mischief>("drain", "drain", "data", "nothing", "nothing", "close", "throw");

describe("a guarded transport", () => {
  it("tells no drain of a write that keeps its memory, though one was told from within listen() [DIAL-06]", async () => {
    const unruly = new Unruly(["drain"], [false]);
    const writer = new Writer(unruly);
    writer.write();
    await Promise.resolve();
    expect(writer.faults).toEqual([]);
  });

  it("keeps to the rules, whatever the transport does and when [DIAL-06]", async () => {
    const steps = fc.array(fc.constantFrom("write", "act", "turn"), { maxLength: 20 });
    const worlds = fc.tuple(fc.array(mischief, { maxLength: 20 }), fc.array(fc.boolean()), steps);
    await fc.assert(
      fc.asyncProperty(worlds, async ([acts, answers, todo]) => {
        const unruly = new Unruly(acts, answers);
        const writer = new Writer(unruly);
        for (const step of todo) {
          if (step === "write") writer.write();
          else if (step === "act") unruly.act();
          else await Promise.resolve();
        }
        await Promise.resolve();
        expect(writer.faults).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
