/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a publish without an id that was on its way when the link was lost is made again, and stored twice",
    file: "src/jetstream/publish/publish.ts",
    from: "return sent === true ? this.#message.hasMsgId : hadLink;",
    to: "return sent === true || hadLink;",
    caughtBy:
      "jetstream/publish/outages.test.ts: a publish with an id is stored once, and without one says that it may be",
  },
  {
    what: "a message of a window without an id that got no answer is sent again, and stored twice",
    file: "src/jetstream/publish/send-window.ts",
    from: "if (publication.hasMsgId && publication.attempts++ < this.#options.retries)",
    to: "if (publication.attempts++ < this.#options.retries)",
    caughtBy: "jetstream/publish/publisher.test.ts: fail after their time, and may be stored, once",
  },
  {
    what: "what was on its way without an id when the link was lost is sent again",
    file: "src/jetstream/publish/send-window.ts",
    from: "if (isUncertain && !mayRepeat) this.#fail(publication, error);\n    else",
    to: "if (isUncertain && !mayRepeat && this.#options.retries < 0) this.#fail(publication, error);\n    else",
    caughtBy:
      "jetstream/publish/outages.test.ts: a publish with an id is stored once, and without one says that it may be",
  },
  {
    what: "a publish that may be stored says that it is not",
    file: "src/jetstream/publish/publish.ts",
    from: "if (failed.sent === true) this.#uncertain = failed;",
    to: "",
    caughtBy:
      "jetstream/publish/publish.test.ts: a sequence that is wrong then may be its own: it is told as unanswered",
  },
  {
    what: "failures whose promises were dropped are told to nobody",
    file: "src/jetstream/publish/tally.ts",
    from: "this.#failures.add(subject, error);\n    this.#untold.add(subject, error);",
    to: "this.#failures.add(subject, error);",
    caughtBy: "jetstream/publish/publisher.test.ts: a failure rejects its promise, and the next flush, once",
  },
  {
    what: "a flush takes what was published later for what it waits for",
    file: "src/jetstream/publish/tally.ts",
    from: "if (number <= flush.upTo && --flush.left === 0)",
    to: "if (--flush.left === 0)",
    caughtBy:
      "jetstream/publish/publisher.test.ts: flush waits for what was published before, not for what comes later",
  },
  {
    what: "the time limit of a drain is taken for its success",
    file: "src/jetstream/publish/publisher.ts",
    from: "this.#window.abandon((publication) => abandoned(publication, thrown as NatsError));",
    to: "void thrown;",
    caughtBy: "jetstream/publish/publisher.test.ts: a drain abandons what has no answer when its time is up",
  },
  {
    what: "one message more than the window takes is under way",
    file: "src/jetstream/publish/send-window.ts",
    from: "(messages < maxInFlight * part && bytes + size <= maxBytes * part)",
    to: "(messages <= maxInFlight * part && bytes + size <= maxBytes * part)",
    caughtBy: "jetstream/publish/publisher.test.ts: has no more under way than the window takes",
  },
  {
    what: "what is sent again goes in the order in which it failed",
    file: "src/jetstream/publish/send-queue.ts",
    from: "if (!this.#isSorted) this.#again.sort((a, b) => b.number - a.number);",
    to: "",
    caughtBy:
      "unit/jetstream/publish/queues.test.ts: goes again in the order of the calls, and before what waits",
  },
  {
    what: "anything that ends like an ack is one",
    file: "src/jetstream/publish/pub-ack-reader.ts",
    from: "if (bytes[start + i] !== beginning[i]) return undefined;",
    to: "if (bytes[start + i] === undefined) return undefined;",
    caughtBy:
      "unit/jetstream/publish/pub-ack.test.ts: takes nothing else for an ack, whatever one byte is changed to",
  },
  {
    what: "a batch is committed before its members are there",
    file: "src/jetstream/publish/batch-commit.ts",
    from: "await this.#addAll(this.#members.slice(1, -1));",
    to: "void this.#addAll(this.#members.slice(1, -1)).catch(() => undefined);",
    caughtBy:
      "jetstream/publish/batch.test.ts: of several members that fail the first is told, which is the cause",
  },
  {
    what: "messages that an ingest has lost are told by nobody",
    file: "src/jetstream/publish/ingest-outcome.ts",
    from: "if (reply.to > reply.from) this.#losses.onGap({ from: reply.from, to: reply.to - 1 });",
    to: "",
    caughtBy:
      "jetstream/publish/ingest.test.ts: with onGap: continue gaps are told by number, and the rest is stored",
  },
  {
    what: "an ingest whose last word was lost waits in vain",
    file: "src/jetstream/publish/ingest.ts",
    from: 'if (this.#state === "committing") this.#send(this.#subject, sent + 1, "commitAtEnd");\n      else',
    to: 'if (this.#state !== "committing")',
    caughtBy: "jetstream/publish/ingest.test.ts: an end that was lost is sent again",
  },
  {
    what: "a wrong sequence that may be the message's own is told as a refusal",
    file: "src/jetstream/publish/publish-errors.ts",
    from: ' && error.code !== "WRONG_LAST_SEQUENCE"',
    to: "",
    caughtBy: "jetstream/publish/publish.test.ts: a sequence that is wrong then may be its own",
  },
];
