/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a message that a status has overtaken is not waited for",
    file: "src/jetstream/consume/engine/pull-ledger.ts",
    from: "if (pendingMessages !== undefined) return this.#told(",
    to: "if (pendingMessages === -1) return this.#told(",
    caughtBy:
      "unit/jetstream/consume/pull-properties.test.ts: a fetch hands out all that the server has delivered for it",
  },
  {
    what: "one lost status stalls a consume",
    file: "src/jetstream/consume/engine/pull-engine.ts",
    from: 'this.#effects.tell({ type: "heartbeatsMissed", count: this.#watch.misses });\n    this.#ledger.writeOff();',
    to: 'this.#effects.tell({ type: "heartbeatsMissed", count: this.#watch.misses });',
    caughtBy: "unit/jetstream/consume/known-bugs.test.ts: one lost status doesn't stall a consume",
  },
  {
    what: "a status of a subscription that was given up ends a pull of the next",
    file: "src/jetstream/consume/engine/pull-engine.ts",
    from: 'if (this.state !== "running" || generation !== this.#channel.generation) return;',
    to: 'if (this.state !== "running") return;',
    caughtBy: "unit/jetstream/consume/moves.test.ts: of another generation have no say",
  },
  {
    what: "what is held does not count as asked for",
    file: "src/jetstream/consume/engine/pull-ledger.ts",
    from: "this.#held += 1;",
    to: "",
    caughtBy: "unit/jetstream/consume/known-bugs.test.ts: what is held counts until it is taken",
  },
  {
    what: "a message that is older than its ack wait is handed out",
    file: "src/jetstream/consume/shelf.ts",
    from: "if (now < deadline) return message;",
    to: "return message;",
    caughtBy: "unit/jetstream/consume/shelf.test.ts: drops what is past its deadline, and tells its age",
  },
  {
    what: "what was not handed out is kept from others until its ack wait is over",
    file: "src/jetstream/consume/consuming-life.ts",
    from: "for (const message of this.#shelf.clear()) this.#giveBack(message);",
    to: "this.#shelf.clear();",
    caughtBy: "jetstream/consume/leaving.test.ts: by break gives back what was not handed out, at once",
  },
  {
    what: "what nobody will get again is counted by nobody",
    file: "src/jetstream/consume/consuming-life.ts",
    from: "this.#unhandled.add(1);\n    this.#source.giveBack(message);",
    to: "this.#source.giveBack(message);",
    caughtBy:
      "jetstream/consume/leaving.test.ts: loses what was not handed out of a consumer that takes no acks, and says so",
  },
  {
    what: "a drain whose time is over says that all was handled",
    file: "src/jetstream/consume/consuming-life.ts",
    from: 'this.#close({ reason: "drained", isIncomplete: true });\n      return false;',
    to: 'this.#close({ reason: "drained", isIncomplete: true });\n      return true;',
    caughtBy: "jetstream/consume/leaving.test.ts: gives up when its time is over",
  },
  {
    what: "a message can be settled twice",
    file: "src/jetstream/message/jetstream-message.ts",
    from: "if (this.#settled !== undefined) throw alreadySettled(this, this.#settled);",
    to: "",
    caughtBy: "jetstream/message/acks.test.ts: is settled once",
  },
  {
    what: "an ack that was not confirmed counts as one",
    file: "src/jetstream/message/jetstream-message.ts",
    from: "this.#settled = undefined;\n",
    to: "",
    caughtBy: "jetstream/message/acks.test.ts: rejects if the consumer is gone, and the message is as it was",
  },
  {
    what: "a push consumer's server is told to go on before anything was handled",
    file: "src/jetstream/push/flow-control.ts",
    from: "if (number <= after) return;",
    to: "if (number <= -after) return;",
    caughtBy: "jetstream/push/flow.test.ts: holds up the server until what came before was handled",
  },
  {
    what: "a push consumer passes over what its server has sent and did not come",
    file: "src/jetstream/push/push-intake.ts",
    from: "this.#tellGap(this.#deliveries.add(message));",
    to: "this.#deliveries.add(message);",
    caughtBy: "jetstream/push/gaps.test.ts: are told by what comes next, and by a heartbeat",
  },
  {
    what: "a push consumer that was removed is waited for in silence",
    file: "src/jetstream/push/push-source.ts",
    from: 'this.onEvent({ type: "heartbeatsMissed", count });\n    this.#presence.check();',
    to: 'this.onEvent({ type: "heartbeatsMissed", count });',
    caughtBy: "jetstream/push/push.test.ts: tell of silence; one that is gone ends it",
  },
  {
    what: "luck makes a pull that fails a hot loop",
    file: "src/jetstream/consume/engine/back-off.ts",
    from: "full / 2 + (random() * full) / 2",
    to: "random() * full",
    caughtBy:
      "unit/jetstream/consume/back-off.test.ts: pauses double, up to the most, and half of each is certain",
  },
  {
    what: "a pull that fails once more in a pause comes sooner",
    file: "src/jetstream/consume/engine/back-off.ts",
    from: "this.#until = Math.max(this.#until, at",
    to: "this.#until = Math.max(-Infinity, at",
    caughtBy:
      "unit/jetstream/consume/back-off.test.ts: a failure in the midst of a pause does not end it sooner",
  },
  {
    what: "all clients of a server that shuts down come back at once",
    file: "src/jetstream/consume/engine/back-off.ts",
    from: "at + atLeast + full / 2",
    to: "at + full / 2",
    caughtBy:
      "unit/jetstream/consume/back-off.test.ts: a pause has a certain part on top where a server says so",
  },
  {
    what: "a pull that failed long ago still makes the next pause long",
    file: "src/jetstream/consume/engine/back-off.ts",
    from: "this.#failures = 0;\n  }",
    to: "}",
    caughtBy: "unit/jetstream/consume/back-off.test.ts: a success makes the next failure the first one",
  },
  {
    what: "a consumer that gets nothing by its filters is made without a word",
    file: "src/jetstream/consumer/outside-filters.ts",
    from: "if (outside.length === 0) return;",
    to: "if (outside.length > 0) return;",
    caughtBy: "jetstream/consumer/consumers.test.ts: with filters that match nothing of its stream",
  },
  {
    what: "a push consumer that is there and silent has missed one heartbeat each time",
    file: "src/jetstream/push/silence.ts",
    from: "this.#interval = interval;",
    to: "this.#interval = interval;\n    this.#missed = 0;",
    caughtBy:
      "jetstream/push/push.test.ts: count the silences in a row, also of one that is taken to be there",
  },
  {
    what: "whoever stops reading a push consumer waits for a frozen server",
    file: "src/jetstream/push/push-inlet.ts",
    from: "return this.close(LATE);",
    to: "return this.close();",
    caughtBy: "jetstream/push/flow.test.ts: is stopped though its server is frozen",
  },
  {
    what: "each lost link makes an ordered reader wait twice as long for its next consumer",
    file: "src/jetstream/consume/engine/pull-engine.ts",
    from: "this.#inquiry.onLink(at);",
    to: "this.#inquiry.putOff(at);",
    caughtBy:
      "unit/jetstream/consume/ordered-engine.test.ts: resets as soon when many links in a row were lost",
  },
  {
    what: "what a push consumer loses after its reset is not told, up to what it had delivered before",
    file: "src/jetstream/push/deliveries.ts",
    from: "if (this.#last !== undefined && deliverySeq <= this.#last.deliverySeq) this.#known = 0;",
    to: "",
    caughtBy:
      "unit/jetstream/push/push-parts.test.ts: are counted from one again where the consumer was reset",
  },
  {
    what: "a consumer whose making was cut off by a lost link is made anew after longer and longer pauses",
    file: "src/jetstream/consume/engine/inquiry.ts",
    from: "if (result.isCut === true) this.onLink(at);\n    else this.putOff(at);",
    to: "this.putOff(at);",
    caughtBy:
      "unit/jetstream/consume/inquiry.test.ts: whose link was lost before the answer came is asked again soon",
  },
];
