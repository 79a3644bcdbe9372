import { describe, expect, it } from "vitest";
import { PullEngine } from "../../../../src/jetstream/consume/engine/pull-engine.ts";
import {
  NOTHING,
  type PullEffect,
  type PullInput,
  type PullRequest,
  type PullSettings,
} from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import {
  PULL_MOVES,
  PullStateMachine,
  type PullState,
} from "../../../../src/jetstream/consume/engine/pull-state.ts";
import { CONSUME, FETCH } from "./world.ts";

type Without<T> = T extends unknown ? Omit<T, "at"> : never;

/** An engine, input by input: what a server would say is said by the test. */
class Script {
  readonly engine: PullEngine;
  readonly pulls: PullRequest[] = [];
  readonly effects: PullEffect[] = [];
  wakeAt = Infinity;

  constructor(settings: Partial<PullSettings> = {}, base = CONSUME) {
    this.engine = new PullEngine({ ...base, ...settings });
    this.step(0, { type: "start", connected: true });
  }

  step(at: number, input: Without<PullInput>): readonly PullEffect[] {
    return this.#note(this.engine.step({ ...input, at }));
  }

  messages(at: number, count: number): void {
    for (let i = 0; i < count; i++) this.#note(this.engine.message(1, 100, at));
  }

  taken(at: number, count: number): void {
    for (let i = 0; i < count; i++) this.#note(this.engine.taken(1, 100, at));
  }

  status(
    at: number,
    pull: number,
    code: number,
    text: string,
    pendingMessages?: number,
    pendingBytes?: number,
  ) {
    return this.step(at, {
      type: "status",
      generation: 1,
      pull,
      status: { code, text, pendingMessages, pendingBytes },
    });
  }

  events(): string[] {
    return this.effects.flatMap((effect) => (effect.type === "event" ? [effect.event.type] : []));
  }

  get end(): PullEffect | undefined {
    return this.effects.find(({ type }) => type === "end");
  }

  #note(effects: readonly PullEffect[]): readonly PullEffect[] {
    for (const effect of effects) {
      this.effects.push(effect);
      if (effect.type === "pull") this.pulls.push(effect.request);
      if (effect.type === "wake") this.wakeAt = effect.at;
    }
    return effects;
  }
}

describe("the state of an engine", () => {
  it("moves only as the table allows", () => {
    const states = Object.keys(PULL_MOVES) as PullState[];
    for (const next of states) {
      const machine = new PullStateMachine();
      if (PULL_MOVES.idle.includes(next)) expect(() => machine.move(next)).not.toThrow();
      else expect(() => machine.move(next)).toThrow(/illegal move/);
    }
    expect(PULL_MOVES.ended).toEqual([]);
  });

  it("costs a message no effect, and no array", () => {
    const script = new Script({ capacity: 100 });
    expect(script.engine.message(1, 100, 1)).toBe(NOTHING);
    expect(script.engine.taken(1, 100, 1)).toBe(NOTHING);
  });
});

describe("pulls", () => {
  it("[JS-PULL-05] have no gap between them: the third is sent while the second is served", () => {
    const script = new Script({ capacity: 10 });
    script.messages(1, 5);
    script.taken(1, 5);
    expect(script.pulls).toHaveLength(2);
    script.messages(1, 5);
    script.taken(1, 5);
    expect(script.engine.ledger.owed).toBe(10);
    expect(script.pulls.map(({ batch }) => batch)).toEqual([10, 5, 5]);
  });

  it("[JS-STATUS-19] are void if they are older than one that a new leader tells of", () => {
    const script = new Script({ capacity: 10 });
    script.messages(1, 5);
    script.taken(1, 5);
    script.status(2, 2, 409, "Leadership Change");
    expect(script.pulls.at(-1)?.batch).toBe(10);
    expect(script.engine.ledger).toMatchObject({ owed: 10, open: 1 });
    expect(script.status(2, 1, 409, "Leadership Change")).toBe(NOTHING);
  });

  it("[JS-STATUS-19] back off when leaders change again and again", () => {
    const script = new Script();
    script.status(10, 1, 409, "Leadership Change");
    expect(script.pulls).toHaveLength(2);
    script.status(20, 2, 409, "Leadership Change");
    expect(script.pulls).toHaveLength(2);
    script.step(script.wakeAt, { type: "tick" });
    expect(script.pulls).toHaveLength(3);
  });

  // Two pulls are served in turn: the second may be full while the first, which was told to be void, was not.
  it("[JS-STATUS-31] that may have been filled are given up if they have no heartbeat any more", () => {
    const script = new Script({ capacity: 2 });
    script.messages(1, 1);
    script.taken(1, 1);
    script.messages(1, 1);
    script.status(2, 1, 409, "Leadership Change");
    expect(script.pulls).toHaveLength(2);
    expect(script.engine.ledger).toMatchObject({ owed: 1, held: 1 });
    script.step(21_000, { type: "tick" });
    expect(script.pulls).toHaveLength(3);
  });

  it("[JS-STATUS-31] that may have been filled are kept if they have one", () => {
    const script = new Script({ capacity: 2 });
    script.messages(1, 1);
    script.taken(1, 1);
    script.messages(1, 1);
    script.status(2, 1, 409, "Leadership Change");
    script.status(15_000, 2, 100, "Idle Heartbeat");
    script.step(21_000, { type: "tick" });
    expect(script.pulls).toHaveLength(2);
  });

  it("[JS-STATUS-29] without a pin follow at once, but not again and again", () => {
    const script = new Script({ priority: { group: "A" } });
    script.status(10, 1, 423, "Nats-Pin-Id mismatch");
    expect(script.pulls).toHaveLength(2);
    script.status(20, 2, 423, "Nats-Pin-Id mismatch");
    expect(script.pulls).toHaveLength(2);
    script.step(script.wakeAt, { type: "tick" });
    script.messages(3000, 1);
    script.status(3001, 3, 423, "Nats-Pin-Id mismatch");
    expect(script.pulls).toHaveLength(4);
  });

  it("[JS-STATUS-30] that nobody listens to make the consumer doubtful after the third in a row", () => {
    const script = new Script();
    script.messages(1, 1);
    for (let pull = 1; pull <= 3; pull++) {
      expect(script.engine.state).toBe("running");
      script.status(1000 * pull, pull, 503, "");
      script.step(1000 * pull + 500, { type: "tick" });
    }
    expect(script.engine.state).toBe("verifying");
  });

  it("[JS-STATUS-14] that time out too early are spaced", () => {
    const script = new Script();
    script.status(10, 1, 408, "Request Timeout", 10, 0);
    expect(script.pulls).toHaveLength(1);
    expect(script.wakeAt).toBeGreaterThan(30);
    expect(script.wakeAt).toBeLessThanOrEqual(60);
    script.step(script.wakeAt, { type: "tick" });
    expect(script.pulls).toHaveLength(2);
  });

  it("[JS-STATUS-26] follow a reconnect at once, whatever pause was under way", () => {
    const script = new Script();
    script.status(10, 1, 409, "Server Shutdown", 10, 0);
    expect(script.pulls).toHaveLength(1);
    script.step(11, { type: "disconnected" });
    const effects = script.step(12, { type: "reconnected" });
    expect(effects).toMatchObject([
      { type: "subscribe", generation: 2 },
      { type: "pull", generation: 2, request: { batch: 10 } },
    ]);
  });

  it("[JS-STATUS-33] of another generation have no say", () => {
    const script = new Script();
    script.step(1, { type: "disconnected" });
    script.step(2, { type: "reconnected" });
    expect(script.status(3, 2, 408, "Request Timeout", 10, 0)).toBe(NOTHING);
    expect(script.engine.ledger).toMatchObject({ owed: 10 });
  });

  it("[JS-STATUS-29] never have a pin that was refused, though a late message brings it", () => {
    const script = new Script({ capacity: 4, priority: { group: "A" } });
    script.messages(1, 4);
    script.step(1, { type: "pin", id: "one" });
    script.taken(1, 2);
    expect(script.pulls.at(-1)?.pin).toBe("one");
    script.status(2, 2, 423, "Nats-Wrong-Pin-Id", 2, 0);
    expect(script.pulls.at(-1)?.pin).toBeUndefined();
    script.step(3, { type: "pin", id: "one" });
    script.status(30_000, 3, 408, "Request Timeout", 2, 0);
    expect(script.pulls).toHaveLength(4);
    expect(script.pulls.at(-1)?.pin).toBeUndefined();
    script.step(30_001, { type: "pin", id: "two" });
    script.status(60_001, 4, 408, "Request Timeout", 2, 0);
    expect(script.pulls.at(-1)?.pin).toBe("two");
    expect(script.events()).toEqual(["pinned", "unpinned", "pinned"]);
  });
});

describe("silence", () => {
  it("[JS-PULL-08] is told once, and followed by a pull", () => {
    const script = new Script();
    expect(script.wakeAt).toBe(30_000);
    script.step(30_000, { type: "tick" });
    expect(script.events()).toEqual(["heartbeatsMissed"]);
    expect(script.pulls).toHaveLength(2);
  });

  it("[JS-PULL-08] of a computer that slept counts only if it goes on after it woke (nats.net#544)", () => {
    const script = new Script({ heartbeat: 5000 });
    script.step(20_000, { type: "tick" });
    expect(script.events()).toEqual([]);
    expect(script.wakeAt).toBe(25_000);
    script.step(25_000, { type: "tick" });
    expect(script.events()).toEqual(["heartbeatsMissed"]);
  });

  it("[JS-PULL-08] of a consumer that is there means a server that stalls: it is asked less often", () => {
    const script = new Script();
    script.step(30_000, { type: "tick" });
    const effects = script.step(60_000, { type: "tick" });
    expect(effects).toContainEqual({ type: "check", check: 1 });
    const { length } = script.pulls;
    script.step(60_010, { type: "checked", check: 1, result: { found: true } });
    expect(script.pulls).toHaveLength(length);
    script.step(script.wakeAt, { type: "tick" });
    expect(script.pulls).toHaveLength(length + 1);
  });

  it("[JS-PULL-11] is no proof that a consumer is gone, if the question fails too", () => {
    const script = new Script();
    script.step(30_000, { type: "tick" });
    script.step(60_000, { type: "tick" });
    script.step(65_000, { type: "checked", check: 1, result: { found: false, failed: true } });
    expect(script.engine.state).toBe("running");
    script.step(script.wakeAt, { type: "tick" });
    expect(script.pulls).toHaveLength(3);
  });

  it("[JS-PULL-11] an answer to another question doesn't count", () => {
    const script = new Script();
    script.step(30_000, { type: "tick" });
    script.step(60_000, { type: "tick" });
    expect(script.step(60_001, { type: "checked", check: 7, result: { found: true } })).toBe(NOTHING);
    script.step(60_002, { type: "disconnected" });
    script.step(60_003, { type: "reconnected" });
    script.step(60_004, { type: "checked", check: 1, result: { found: false, missing: "consumer" } });
    expect(script.engine.state).toBe("verifying");
  });

  it("a refused question ends it with what it was refused for", () => {
    const script = new Script();
    script.step(30_000, { type: "tick" });
    script.step(60_000, { type: "tick" });
    const refused = { code: "API_ERROR", text: "no", cause: "why" } as const;
    script.step(60_001, { type: "checked", check: 1, result: { found: false, refused } });
    expect(script.end).toMatchObject({ end: { reason: "failed", failure: refused } });
  });
});

describe("a fetch", () => {
  it("[JS-PULL-23] waits for data behind a status as long as it keeps coming", () => {
    const script = new Script({ capacity: 50, capacityBytes: 2000 }, FETCH);
    script.status(10, 1, 409, "Message Size Exceeds MaxBytes", 45, 10);
    for (let i = 0; i < 5; i++) {
      const at = 2000 * (i + 1);
      script.step(at, { type: "tick" });
      expect(script.end).toBeUndefined();
      script.messages(at, 1);
    }
    expect(script.end).toMatchObject({ end: { reason: "enough" }, clean: true, nextPull: 2 });
  });

  it("[JS-PULL-23] gives up what doesn't come after its status", () => {
    const script = new Script({ capacity: 50, capacityBytes: 2000 }, FETCH);
    script.status(10, 1, 409, "Message Size Exceeds MaxBytes", 45, 10);
    script.messages(20, 4);
    for (let i = 0; i < 2; i++) script.step(script.wakeAt, { type: "tick" });
    expect(script.end).toMatchObject({ end: { reason: "enough" }, clean: false });
  });

  it("[JS-STATUS-19] doesn't ask again for the last moment", () => {
    const script = new Script({ capacity: 5 }, FETCH);
    script.messages(10, 2);
    script.status(4950, 1, 409, "Leadership Change");
    expect(script.pulls).toHaveLength(1);
    expect(script.wakeAt).toBe(5000);
    script.step(5000, { type: "tick" });
    expect(script.end).toMatchObject({ end: { reason: "expired" } });
  });

  it("[JS-STATUS-23] asks several times where the consumer allows only short or small pulls", () => {
    const limits = { ...CONSUME.limits, maxBatch: 2, maxExpires: 1000 };
    const script = new Script({ capacity: 5, limits }, FETCH);
    script.messages(10, 2);
    script.status(1500, 2, 408, "Request Timeout", 2, 0);
    expect(script.pulls).toMatchObject([
      { batch: 2, expires: 1000 },
      { batch: 2, expires: 1000 },
      { batch: 2, expires: 1000 },
    ]);
    script.messages(1600, 2);
    script.messages(1700, 1);
    expect(script.end).toMatchObject({ end: { reason: "enough" } });
  });

  it("[JS-PULL-02] begins without a link and asks in the time that is left, or ends HEARTBEATS_MISSED", () => {
    const script = new Script({}, FETCH);
    script.step(1, { type: "disconnected" });
    script.step(2000, { type: "reconnected" });
    expect(script.pulls.at(-1)).toMatchObject({ expires: 3000, heartbeat: 1500 });
    script.step(2001, { type: "disconnected" });
    script.step(5000, { type: "tick" });
    expect(script.end).toMatchObject({ end: { failure: { code: "HEARTBEATS_MISSED", retryable: true } } });
  });
});
