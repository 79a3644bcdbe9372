/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a message that is dropped by choice is not counted",
    file: "src/core/outbound/outbound-limits.ts",
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
  {
    what: "a loop that publishes and awaits ready() never lets the event loop turn",
    file: "src/core/outbound/time-slice.ts",
    from: "else if (isOver) return new Promise(inNextTurn);",
    to: "",
    caughtBy: "unit/outbound/time-slice.test.ts: a loop of nothing but calls",
  },
  {
    what: "what the next server does not take is told, and sent all the same",
    file: "src/core/outbound/outbox.ts",
    from: "if (found.size > 0) this.#queue.remove(found);",
    to: "",
    caughtBy: "wire/next-server.test.ts: a message beyond its max_payload, in order between small ones",
  },
  {
    what: "what is published at the end of a move goes to the server that is left",
    file: "src/core/outbound/outbox.ts",
    from: "this.#queue.hold();",
    to: "",
    caughtBy:
      "wire/next-server.test.ts: what a move holds back and is more than the next server takes is told",
  },
  {
    what: "a request that failed unsent is sent later",
    file: "src/core/outbound/withdrawals.ts",
    from: "this.#positions.add(position);",
    to: "",
    caughtBy:
      "unit/outbound/withdrawal.test.ts: without a link are not sent with the next; all others are, whole and in order",
  },
  {
    what: "memory that a lost transport still reads is written over",
    file: "src/core/outbound/slab-writer.ts",
    from: "this.#pool.forgetBusy();\n    this.#setSlab(new Uint8Array(SLAB_SIZE));",
    to: "this.#end = this.#start = 0;",
    caughtBy:
      "unit/outbound/outbox-arrays.test.ts: what a link still reads that was left is not written over",
  },
  {
    what: "each subscription is restored in a frame of its own",
    file: "src/core/outbound/outbox.ts",
    from: 'transport.writeAll(joinCommands(preamble, SLAB_SIZE)) ? "open"',
    to: 'transport.writeAll(preamble) ? "open"',
    caughtBy: "websocket/restoring.test.ts: 20,000 subscriptions are restored in a few frames",
  },
  {
    what: "the memory of a burst is kept for ever",
    file: "src/core/outbound/slab-pool.ts",
    from: "this.#spare.length -= (this.#unneeded + 1) >> 1;",
    to: "",
    caughtBy: "unit/outbound/slab-pool.test.ts: gives the memory of a burst back when it is over",
  },
  {
    what: "memory that is needed again and again is given back",
    file: "src/core/outbound/slab-pool.ts",
    from: "if (this.#spare.length < this.#unneeded) this.#unneeded = this.#spare.length;",
    to: "",
    caughtBy: "unit/outbound/slab-pool.test.ts: keeps the memory that each large message needs again",
  },
  {
    what: "an array whose buffer was transferred is sent as an empty message",
    file: "src/core/outbound/payload.ts",
    from: "if (payload.length > 0 || !isDetached(payload.buffer)) return;",
    to: "return;",
    caughtBy: "unit/outbound/payload.test.ts: whose buffer was transferred",
  },
  {
    what: "the headers of one message are written over those of the last",
    file: "src/core/protocol/header-blocks.ts",
    from: "    }\n    this.#end = writeCrlf(page, at);\n    return page.subarray(start, this.#end);",
    to: "    }\n    return page.subarray(start, writeCrlf(page, at));",
    caughtBy: "unit/protocol/header-blocks.test.ts: a block stays as it is, however many are made after it",
  },
  {
    what: "a message goes to the subject of the one before",
    file: "src/core/protocol/control-line.ts",
    from: 'this.#form = "new";\n    this.#size = -1;',
    to: 'this.#form = "new";',
    caughtBy: "unit/protocol/control-line.test.ts: names subject and size, and is right again",
  },
];
