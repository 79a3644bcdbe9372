/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a watch is complete without a key that was written again before it came",
    file: "src/jetstream/consume/engine/ordered-place.ts",
    from: "pending === 0 || time < this.#countedAt || this.#recounts === RECOUNTS",
    to: "true",
    caughtBy: "kv/whole-watches.test.ts: [KV-22] though a key that was there is written again before it came",
  },
  {
    what: "a watch of a bucket without history begins anew when its consumer is removed",
    file: "src/jetstream/consume/ordered-create.ts",
    from: "keepsOneOfEach: kept === 1",
    to: "keepsOneOfEach: false",
    caughtBy: "kv/whole-watches.test.ts: [KV-23] and goes on behind what it has told",
  },
  {
    what: "a watch of a bucket with history tells values that had a successor when its consumer is removed",
    file: "src/jetstream/consume/ordered-create.ts",
    from: "keepsOneOfEach: kept === 1",
    to: "keepsOneOfEach: true",
    caughtBy: "kv/whole-watches.test.ts: [KV-23] and with a history tells no value that had a successor",
  },
  {
    what: "a consumer whose answer was lost stays",
    file: "src/jetstream/consumer/made-consumers.ts",
    from: "if (!mayBeMade(thrown)) this.#made.delete(name);",
    to: "this.#made.delete(name);",
    caughtBy: "kv/consumers-left.test.ts: [KV-23] when the link is lost before the answer has come",
  },
  {
    what: "a key that the codec has not written ends a list",
    file: "src/kv/foreign-keys.ts",
    from: "return thrown as NatsError;",
    to: "throw thrown;",
    caughtBy: "kv/foreign-keys.test.ts: [KV-34] is left out of lists, and told",
  },
  {
    what: "a write that nobody takes says that there is no bucket, though there is",
    file: "src/kv/untaken.ts",
    from: "await origin.info(limits);",
    to: "return bucketNotFound(bucket, thrown);",
    caughtBy: "kv/untaken.test.ts: [KV-09] [KV-37] says that there is a bucket, if there is one",
  },
  {
    what: "a second call of release has the limits of the first",
    file: "src/kv/lock/release.ts",
    from: "return Math.max(...this.#waiting.values()) - performance.now();",
    to: "return Math.min(...this.#waiting.values()) - performance.now();",
    caughtBy: "kv/lock-faults.test.ts: [KV-40] is released for each who waits for that as long as he says",
  },
  {
    what: "who waits for a lock at a mirror that lags asks all the time",
    file: "src/kv/lock/free-watch.ts",
    from: "return this.#syncedAt >= this.#revision;",
    to: "return this.#syncedAt >= 0;",
    caughtBy: "kv/lock-faults.test.ts: [KV-29] [KV-40] is waited for by a mirror that lags",
  },
];
