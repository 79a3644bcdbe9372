import { describe, expect, it } from "vitest";
import { type NatsError, TimeoutError } from "../../../../src/core/errors.ts";
import { resultOf, troubleIn } from "../../../../src/jetstream/consume/consumer-check.ts";
import { PullEngine } from "../../../../src/jetstream/consume/engine/pull-engine.ts";
import type {
  PullEffect,
  PullEvent,
  PullInput,
  PullSettings,
} from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import { JetStreamError } from "../../../../src/jetstream/errors.ts";
import { CONSUME, FETCH } from "./world.ts";

type Without<T> = T extends unknown ? Omit<T, "at"> : never;

const TIMED_OUT = new TimeoutError("no answer");
const AWAY = new JetStreamError("JETSTREAM_NOT_ENABLED", "no JetStream answers");

/** An engine whose every question gets the answer that the test gives. */
class Asked {
  readonly events: PullEvent[] = [];
  readonly #engine: PullEngine;
  #at = 0;
  #wakeAt = Infinity;
  end: Extract<PullEffect, { type: "end" }> | undefined;
  questions = 0;
  answer: NatsError | "found";

  constructor(answer: NatsError | "found", settings: Partial<PullSettings> = {}, base = CONSUME) {
    this.#engine = new PullEngine({ ...base, ...settings });
    this.answer = answer;
    this.step({ type: "start", connected: true });
  }

  step(input: Without<PullInput>): void {
    this.#perform(this.#engine.step({ ...input, at: this.#at }));
  }

  message(): void {
    this.#perform(this.#engine.message(1, 100, this.#at));
  }

  /** Nobody takes a pull; waits until the next one is sent, or it has ended. */
  pass(times: number): void {
    for (let i = 0; i < times && this.end === undefined; i++) {
      this.#at = Math.max(this.#at, this.#wakeAt);
      this.#wakeAt = Infinity;
      this.step({ type: "tick" });
    }
  }

  #perform(effects: readonly PullEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "event") this.events.push(effect.event);
      else if (effect.type === "wake") this.#wakeAt = effect.at;
      else if (effect.type === "end") this.end = effect;
      else if (effect.type === "pull") this.#refuse(effect.generation, effect.pull);
      else if (effect.type === "check" || effect.type === "recreate") this.#reply(effect.check);
    }
  }

  #refuse(generation: number, pull: number): void {
    const status = { code: 503, text: "", pendingMessages: undefined, pendingBytes: undefined };
    queueMicrotask(() => this.step({ type: "status", generation, pull, status }));
  }

  #reply(check: number): void {
    this.questions += 1;
    const result = this.answer === "found" ? ({ found: true } as const) : resultOf(this.answer);
    queueMicrotask(() => this.step({ type: "checked", check, result }));
  }
}

/** Lets what an engine has asked be answered, again and again. */
async function rounds(asked: Asked, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    asked.pass(1);
  }
}

const types = ({ events }: Asked): string[] => events.map(({ type }) => type);

describe("a question that fails and may pass", () => {
  it("[JS-PULL-09] is told each time, with how often and for how long, and with the pause", async () => {
    const asked = new Asked(TIMED_OUT);
    await rounds(asked, 8);
    const told = asked.events.filter((event) => event.type === "retrying");
    expect(told.length).toBeGreaterThan(2);
    expect(told.map(({ count }) => count)).toEqual(told.map((_, i) => i + 1));
    expect(told[0]).toMatchObject({ duration: 0, failure: { cause: TIMED_OUT } });
    for (const [i, { duration, delay }] of told.entries()) {
      expect(delay).toBeGreaterThan(0);
      // Nothing was asked before the pause was over.
      if (i > 0) expect(duration - told[i - 1]!.duration).toBeGreaterThanOrEqual(told[i - 1]!.delay - 1);
    }
    expect(asked.end).toBeUndefined();
  });

  it("[JS-PULL-09] is over with the first message, and told anew the next time", async () => {
    const asked = new Asked(TIMED_OUT);
    await rounds(asked, 4);
    asked.message();
    asked.message();
    expect(types(asked).filter((type) => type === "recovered")).toHaveLength(1);
    expect(asked.events.at(-1)).toMatchObject({ type: "recovered" });
    await rounds(asked, 16);
    const next = asked.events[types(asked).indexOf("recovered") + 1];
    expect(next).toMatchObject({ type: "retrying", count: 1, duration: 0 });
  });

  it("[JS-PULL-02] is the cause of the silence that ends a fetch", async () => {
    const asked = new Asked(TIMED_OUT, {}, FETCH);
    await rounds(asked, 40);
    expect(asked.end?.end).toMatchObject({
      failure: { code: "HEARTBEATS_MISSED", text: expect.stringMatching(/: no answer$/), cause: TIMED_OUT },
    });
  });

  it("[JS-PULL-09] is told of a consumer that could not be asked before the first pull", () => {
    const engine = new PullEngine(CONSUME);
    const effects = engine.step({ type: "start", connected: true, trouble: troubleIn(TIMED_OUT), at: 5 });
    expect(effects).toContainEqual({
      type: "event",
      event: {
        type: "retrying",
        failure: { code: "API_ERROR", text: "no answer", cause: TIMED_OUT },
        count: 1,
        duration: 0,
        delay: 0,
      },
    });
    expect(engine.message(1, 100, 25)).toContainEqual({
      type: "event",
      event: { type: "recovered", count: 1, duration: 20 },
    });
  });
});

describe("JetStream that nobody answers for", () => {
  it("[JS-CTX-05] is given up after three attempts if it has never answered", async () => {
    const asked = new Asked(AWAY);
    await rounds(asked, 30);
    expect(asked.questions).toBe(3);
    expect(types(asked)).toEqual(["retrying", "retrying"]);
    expect(asked.end?.end).toMatchObject({ reason: "failed", failure: { cause: AWAY } });
  });

  it("[JS-CTX-05] is given up so by whoever makes a consumer", async () => {
    const asked = new Asked(AWAY, {
      ownConsumer: { isMade: false },
      onMissing: { consumer: "recreate", stream: "fail" },
    });
    await rounds(asked, 30);
    expect(asked.questions).toBe(3);
    expect(asked.end?.end).toMatchObject({ reason: "failed", failure: { cause: AWAY } });
  });

  it.each<[string, Partial<PullSettings>]>([
    ["it has answered before", { isKnown: true }],
    ["a missing stream is waited for", { onMissing: { consumer: "wait", stream: "wait" } }],
    ["it is waited for", { onMissing: { consumer: "fail", stream: "fail", jetStream: "wait" } }],
    ["it has made the consumer", { ownConsumer: { isMade: true } }],
  ])("[JS-CTX-05] is asked again and again if %s", async (_when, settings) => {
    const asked = new Asked(AWAY, settings);
    await rounds(asked, 30);
    expect(asked.questions).toBeGreaterThan(5);
    expect(asked.end).toBeUndefined();
  });

  it("[JS-CTX-05] is asked again and again once a message has come", async () => {
    const asked = new Asked(AWAY);
    await rounds(asked, 1);
    asked.message();
    await rounds(asked, 60);
    expect(asked.questions).toBeGreaterThan(3);
    expect(asked.end).toBeUndefined();
  });
});

describe("a consumer that is there, and whose pulls nobody takes", () => {
  it("[JS-PULL-09] [JS-STATUS-30] is told, and not over because it is found again", async () => {
    const asked = new Asked("found");
    await rounds(asked, 12);
    expect(new Set(types(asked))).toEqual(new Set(["retrying"]));
    expect(asked.events[0]).toMatchObject({
      count: 1,
      failure: { code: "PULL_REFUSED", status: 503, retryable: true },
    });
    asked.message();
    expect(asked.events.at(-1)).toMatchObject({ type: "recovered" });
  });

  it("[JS-PULL-09] [JS-STATUS-30] is not over because questions failed before it is found again", async () => {
    const asked = new Asked("found");
    await rounds(asked, 6);
    asked.answer = TIMED_OUT;
    await rounds(asked, 12);
    asked.answer = "found";
    await rounds(asked, 12);
    const told = asked.events.map((event) => (event.type === "retrying" ? event.failure.code : event.type));
    // While nobody knows whether it is there, a pull that nobody takes is no news.
    expect(told.filter((code, i) => code !== told[i - 1])).toEqual([
      "PULL_REFUSED",
      "API_ERROR",
      "PULL_REFUSED",
    ]);
  });
});
