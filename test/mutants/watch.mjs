/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a watch is synced one message too early",
    file: "src/jetstream/consume/watch-source.ts",
    from: "if (place.toCome > 0) return;",
    to: "if (place.toCome > 1) return;",
    caughtBy: "jetstream/watch/watch.test.ts: tells the only message before it tells that this is all",
  },
  {
    what: "a watch says that it is synced before anybody has read what was there",
    file: "src/jetstream/consume/watch.ts",
    from: "if (life.stock <= 1) this.#synced.resolve();",
    to: "if (life.stock >= 0) this.#synced.resolve();",
    caughtBy: "jetstream/watch/watch.test.ts: is synced when all that was there was read",
  },
  {
    what: "a watch of which the last messages were removed is never synced",
    file: "src/jetstream/consume/watch-source.ts",
    from: "return info?.numPending === 0 &&",
    to: "return info?.numPending === -1 &&",
    caughtBy:
      "jetstream/watch/watch.test.ts: tells of its end though all that was to come is removed meanwhile, unread or delivered",
  },
  {
    what: "a watch is synced twice, once for each of its consumers",
    file: "src/jetstream/consume/watch-source.ts",
    from: 'if (this.#state !== "initial") return;\n    this.#state = "synced";',
    to: "",
    caughtBy: "jetstream/watch/watch.test.ts: goes on after a lost link, before and after it is complete",
  },
  {
    what: "a reset leaves out the message that follows",
    file: "src/jetstream/consume/engine/ordered-place.ts",
    from: "return { startSeq: this.#cursor + 1 };",
    to: "return { startSeq: this.#cursor + 2 };",
    caughtBy: "jetstream/watch/watch.test.ts: goes on after a lost link, before and after it is complete",
  },
  {
    what: "a reset begins where the first consumer did",
    file: "src/jetstream/consume/engine/ordered-place.ts",
    from: "return { startSeq: this.#cursor + 1 };",
    to: "return this.#policy;",
    caughtBy: "unit/jetstream/consume/ordered-engine.test.ts: a reset has no start time any more",
  },
  {
    what: "a reset in the midst of the first values tells those that have a successor",
    file: "src/jetstream/consume/engine/ordered-place.ts",
    from: "if (isAmongFirst && this.#superseded === undefined) return this.#policy;",
    to: "",
    caughtBy: "jetstream/consume/ordered.test.ts: of last-per-subject in the midst of the first values",
  },
  {
    what: "a watch of a stream that keeps several of each begins anew without end if its consumers live for a short time",
    file: "src/jetstream/consume/engine/ordered-place.ts",
    from: 'return this.#hasBegunAnew && this.policy === "last-per-subject";',
    to: "return false;",
    caughtBy:
      "unit/jetstream/consume/ordered-properties.test.ts: the last messages of each subject come at last",
  },
  {
    what: "a watch whose consumers are lost again and again tells values that have a successor",
    file: "src/jetstream/consume/engine/ordered-place.ts",
    from: 'this.#superseded !== undefined && this.#hasSuccessor(streamSeq) ? "told" : "next"',
    to: '"next"',
    caughtBy:
      "unit/jetstream/consume/ordered-engine.test.ts: goes on behind what is looked up, if it is lost again",
  },
  {
    what: "a watch asks for all values at once, however large: the server cuts off who can't take them",
    file: "src/jetstream/consumer/open-watch.ts",
    from: "askedBy({ capacity: CAPACITY, capacityBytes: bytesFor(context) })",
    to: "askedBy({ capacity: CAPACITY })",
    caughtBy: "kv/whole-watches.test.ts: asks for no more than some megabytes at a time",
  },
  {
    what: "a gap in what a consumer sends is passed over",
    file: "src/jetstream/consume/engine/ordered-place.ts",
    from: 'if (deliverySeq !== this.#nextDelivery) return deliverySeq > this.#nextDelivery ? "gap" : "back";',
    to: "",
    caughtBy: "unit/jetstream/consume/ordered-properties.test.ts: all messages come once and in order",
  },
  {
    what: "the last messages that a consumer has lost are missed by nobody",
    file: "src/jetstream/consume/engine/ordered-place.ts",
    from: "return lastDelivery >= this.#nextDelivery;",
    to: "return lastDelivery > this.#nextDelivery + 1;",
    caughtBy:
      "unit/jetstream/consume/ordered-engine.test.ts: resets when a heartbeat counts more than has come",
  },
  {
    what: "what an older consumer sends late is told once more",
    file: "src/jetstream/consume/engine/ordered-engine.ts",
    from: 'generation < this.#generation ? "told" :',
    to: 'generation < 0 ? "told" :',
    caughtBy: "unit/jetstream/consume/ordered-engine.test.ts: messages of an older consumer are dropped",
  },
  {
    what: "a reading that ends leaves its consumer",
    file: "src/jetstream/consume/ordered-progress.ts",
    from: "if (!isClean) {\n      this.#host.remove();",
    to: "if (!isClean) {",
    caughtBy:
      "jetstream/consumer/unused.test.ts: is removed though the first word of that was lost with the link",
  },
  {
    what: "a consumer is removed twice at a time",
    file: "src/jetstream/consumer/made-consumers.ts",
    from: "if (other !== name && !made.isRemoving)",
    to: "if (other !== name)",
    caughtBy:
      "unit/jetstream/consumer/made-consumers.test.ts: are removed again if the server did not find one",
  },
  {
    what: "a removal that got no answer is the last one",
    file: "src/jetstream/consumer/made-consumers.ts",
    from: 'if (outcome === "unknown") return;',
    to: "",
    caughtBy: "unit/jetstream/consumer/made-consumers.test.ts: are removed until the server says so",
  },
  {
    what: "the consumer in use is removed with the others",
    file: "src/jetstream/consumer/made-consumers.ts",
    from: "if (other !== name && !made.isRemoving)",
    to: "if (!made.isRemoving)",
    caughtBy: "unit/jetstream/consumer/made-consumers.test.ts: are those that were made",
  },
  {
    what: "a consumer that the server refused to make is removed, though it is another's",
    file: "src/jetstream/consumer/made-consumers.ts",
    from: "thrown.sent === true && !(thrown instanceof JetStreamError)",
    to: "thrown.sent === true",
    caughtBy: "unit/jetstream/consumer/made-consumers.test.ts: are those that were made",
  },
  {
    what: "a consumer of whose making nobody heard is looked for once",
    file: "src/jetstream/consumer/remove-unused.ts",
    from: "isUncertain ? startedAt : -Infinity",
    to: "isUncertain ? -Infinity : startedAt",
    caughtBy:
      "unit/jetstream/consumer/remove-unused.test.ts: is looked for also later if it may come late, but not for ever",
  },
  {
    what: "a consumer that never was is looked for until it would have gone by itself",
    file: "src/jetstream/consumer/remove-unused.ts",
    from: "!isMissing || !isWithin(LATE, doubtfulSince)",
    to: "!isMissing || !isWithin(LATE + 1e9, doubtfulSince)",
    caughtBy:
      "unit/jetstream/consumer/remove-unused.test.ts: is looked for also later if it may come late, but not for ever",
  },
  {
    what: "a server that is away is asked for ever to remove a consumer",
    file: "src/jetstream/consumer/remove-unused.ts",
    from: "isWithin(lives); failures++",
    to: "isWithin(Infinity) || lives < 0; failures++",
    caughtBy:
      "unit/jetstream/consumer/remove-unused.test.ts: is left to its server when that removes it by itself",
  },
  {
    what: "a consumer that a server can't remove just now stays",
    file: "src/jetstream/consumer/remove-unused.ts",
    from: 'isPassing(thrown as NatsError, "JETSTREAM_NOT_ENABLED")',
    to: "isPassing(thrown as NatsError) && isMissing",
    caughtBy: "unit/jetstream/consumer/remove-unused.test.ts: is removed once a server can do it",
  },
  {
    what: "a removal whose answer was lost is taken for done by who hears later that there is no such consumer",
    file: "src/jetstream/consumer/remove-unused.ts",
    from: "doubtfulSince = performance.now();",
    to: "void 0;",
    caughtBy:
      "unit/jetstream/consumer/remove-unused.test.ts: is looked for also later if a removal got no answer, but not for ever",
  },
  {
    what: "an ordered reader waits for messages that were lost with the link",
    file: "src/jetstream/consume/engine/pull-engine.ts",
    from: 'if (hasLost) this.#inquiry.raise("recreate", "cut", at);',
    to: "void hasLost;",
    caughtBy: "unit/jetstream/consume/ordered-engine.test.ts: resets after a lost link, at once",
  },
  {
    what: "an ordered reader has a consumer made with each move",
    file: "src/jetstream/consume/engine/pull-engine.ts",
    from: "const hasLost = isCut && this.#settings",
    to: "const hasLost = this.#settings",
    caughtBy: "unit/jetstream/consume/ordered-engine.test.ts: goes on with its consumer after a move",
  },
  {
    what: "a watch hears nothing more when its stream has lost what it had in memory",
    file: "src/jetstream/consume/ordered-create.ts",
    from: "return madeAt > after || lastSeq < reached;",
    to: "return madeAt > after || lastSeq < 0 * reached;",
    caughtBy: "kv/cluster.test.ts: a watch and a view end when their bucket has lost what it had in memory",
  },
  {
    what: "a consumer that counts from its start again is taken for one that has lost a message",
    file: "src/jetstream/consume/engine/ordered-engine.ts",
    from: 'if (found === "back") this.#hasTurnedBack = true;',
    to: "",
    caughtBy: "kv/cluster.test.ts: a watch and a view end when their bucket has lost what it had in memory",
  },
];
