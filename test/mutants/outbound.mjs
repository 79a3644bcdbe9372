/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a message that is dropped by choice is not counted",
    file: "src/core/outbound/outbox.ts",
    from: "this.#counters.outDropped++;",
    to: "",
    caughtBy: "integration/while-disconnected.test.ts: drops and counts with whileDisconnected: drop",
  },
  {
    what: "what waited is sent before the subscriptions",
    file: "src/core/outbound/outbox.ts",
    from: 'preamble.length === 0 || transport.writeAll(joinCommands(preamble, SLAB_SIZE)) ? "open" : "busy";\n    this.flush();',
    to: '"open";\n    this.flush();\n    transport.writeAll(joinCommands(preamble, SLAB_SIZE));',
    caughtBy:
      "wire/reconnect.test.ts: is told of all subscriptions by their old numbers, then gets what was published meanwhile",
  },
  {
    what: "commands of a link that is gone are sent on the next",
    file: "src/core/outbound/outbox.ts",
    from: "this.#queue.dropCommands();",
    to: "",
    caughtBy:
      "unit/outbound/outbox-replay.test.ts: what was not handed over goes out with the next, once; commands do not",
  },
  {
    what: "what was handed over when the link was lost is not told",
    file: "src/core/outbound/outbox.ts",
    from: "this.#inTransit.add(messages, bytes, this.#unsentBytes);",
    to: "",
    caughtBy: "unit/outbound/outbox-unsent.test.ts: may not have sent its last write",
  },
  {
    what: "ready() never waits",
    file: "src/core/outbound/outbox.ts",
    from: "return this.#isOpen || this.#limits.isReady(",
    to: "return true || this.#limits.isReady(",
    caughtBy: "unit/outbound/outbox-blocked.test.ts: resolves at once up to the high-water mark",
  },
  {
    what: "who waits for room is not told that there is some",
    file: "src/core/outbound/outbox.ts",
    from: "this.flush();\n    this.#tellReady();\n    if (!this.#isWaiting)",
    to: "this.flush();\n    if (!this.#isWaiting)",
    caughtBy: "unit/outbound/outbox-blocked.test.ts: resolves at once up to the high-water mark",
  },
  {
    what: "a drained transport is still taken for a busy one",
    file: "src/core/outbound/outbox.ts",
    from: 'this.#way = "open";\n      this.#writer.onPartSent();',
    to: "this.#writer.onPartSent();",
    caughtBy:
      "unit/outbound/outbox-blocked.test.ts: nothing more is written, and all of it goes out in order",
  },
  {
    what: "the pieces of one large message are handed over apart",
    file: "src/core/outbound/chunk-queue.ts",
    from: '(bytes < limit || this.#chunks[count]!.kind === "continuation")',
    to: "bytes < limit",
    caughtBy: "unit/outbound/chunk-queue.test.ts: never separates the pieces of one message",
  },
];
