/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a batch commits headers that the application has changed since",
    file: "src/kv/write.ts",
    from: "const given = makeHeaders(someHeaders(name, value));",
    to: "const given = someHeaders(name, value);",
    caughtBy: "kv/batch.test.ts: keeps what it was given, though the application changes its own",
  },
  {
    what: "a lock is taken though another has it",
    file: "src/kv/lock/lock-key.ts",
    from: 'rollup: "subject",\n      ttl,\n      expect: { lastSubjectSequence: last },',
    to: 'rollup: "subject",\n      ttl,\n      ...(last < 0 ? { expect: { lastSubjectSequence: last } } : {}),',
    caughtBy: "kv/lock.test.ts: has one holder, named to others, until it is released",
  },
  {
    what: "a lock that another has taken meanwhile is released by who had it before",
    file: "src/kv/lock/release-claim.ts",
    from: "if (record?.id !== id) return;",
    to: "if (record === undefined) return;",
    caughtBy: "kv/lock.test.ts: is not released by who has lost it and has not heard of that",
  },
  {
    what: "a holder who finds that another has the key goes on",
    file: "src/kv/lock/lock.ts",
    from: 'else if (record?.holder === undefined) this.#lose("somebody removed it");\n      else this.#lose(`"${record.holder}" has it`);',
    to: "else if (record !== undefined) this.#lease.found(record.revision, now());",
    caughtBy: "kv/lock.test.ts: is lost at once when somebody removes it or takes its place",
  },
  {
    what: "a holder believes his timers, not the clock",
    file: "src/kv/lock/lock.ts",
    from: "get signal(): AbortSignal {\n    this.#pass();",
    to: "get signal(): AbortSignal {",
    caughtBy: "kv/lock-faults.test.ts: is lost in a process that was blocked, before any of its timers runs",
  },
  {
    what: "a renewal that was lost counts from the moment on when it was found",
    file: "src/kv/lock/lease.ts",
    from: "sentAt: this.#uncertainSince ?? this.#confirmed.sentAt",
    to: "sentAt: now",
    caughtBy:
      "unit/kv/lease.test.ts: counts from the first uncertain write when it finds that one was stored",
  },
  {
    what: "a machine that slept still has its locks",
    file: "src/kv/lock/instant.ts",
    from: "return Math.max(to.steady - from.steady, to.wall - from.wall);",
    to: "return to.steady - from.steady;",
    caughtBy: "unit/kv/lease.test.ts: is lost by the clock that counted more",
  },
  {
    what: "a fence is that of the last renewal",
    file: "src/kv/lock/lock.ts",
    from: "return this.#lease.fence;",
    to: "return this.#lease.revision;",
    caughtBy: "kv/lock.test.ts: is renewed for as long as it is held",
  },
  {
    what: "who waits for a lock that is his own waits for himself",
    file: "src/kv/lock/acquire.ts",
    from: "if (record?.holder !== undefined && record.id !== this.#claim.id) {",
    to: "if (record?.holder !== undefined) {",
    caughtBy:
      "kv/lock-faults.test.ts: is not waited for by the one who has it: a write without an answer is known again",
  },
  {
    what: "a claim that was given up keeps others out",
    file: "src/kv/lock/acquire.ts",
    from: "if (error.sent === true) this.#isUncertain = true;",
    to: "",
    caughtBy:
      "kv/lock-faults.test.ts: does not stay behind when its claimant gives up before he knows that he has it",
  },
  {
    what: "who waits for a lock hears nothing of what happened while his link was down",
    file: "src/kv/lock/free-watch.ts",
    from: 'this.#stopListening = [this.#key.onReconnected(look), watch.on("reset", look)];',
    to: "void look;",
    caughtBy: "kv/lock-faults.test.ts: is taken by who was cut off when it was given free",
  },
  {
    what: "create() writes over a value",
    file: "src/kv/write.ts",
    from: "if (there !== undefined && !there.isMarker) throw",
    to: "if (there !== undefined && there.revision < 0) throw",
    caughtBy: "kv/read-and-write.test.ts: is created once, and again over its marker",
  },
  {
    what: "delete() and purge() forget their revision",
    file: "src/kv/write.ts",
    from: "const expected = revision === undefined ? {} :",
    to: "const expected = revision !== -1 ? {} :",
    caughtBy: "kv/read-and-write.test.ts: is deleted: a marker, and its history stays",
  },
  {
    what: "purgeDeletes() removes young markers, and what tells others of them",
    file: "src/kv/purge-deletes.ts",
    from: "created.getTime() <= before ? revision + 1 : revision",
    to: "created.getTime() <= before ? revision + 1 : revision + 1",
    caughtBy: "kv/lists-and-watches.test.ts: go with what is behind them, unless they are young",
  },
  {
    what: "a time to live that the server lengthens is taken",
    file: "src/kv/ttl-floor.ts",
    from: "if (ttl >= floor) return;",
    to: "if (ttl >= 0) return;",
    caughtBy:
      "kv/read-and-write.test.ts: is refused a time to live that a server of a history would not keep: %s",
  },
  {
    what: "transact() writes over what another wrote meanwhile",
    file: "src/kv/write.ts",
    from: "const options = { ...checked(given, PUT), expect };",
    to: "const options = expect.lastSubjectSequence < 0 ? { ...checked(given, PUT), expect } : checked(given, PUT);",
    caughtBy: "kv/transact.test.ts: makes a value of what is there, whoever is quicker",
  },
  {
    what: "a batch tells views wrong revisions",
    file: "src/kv/batch.ts",
    from: "revision: seq - count + 1 + i",
    to: "revision: seq - count + i",
    caughtBy: "kv/batch.test.ts: knows the bucket's schema, codec and views",
  },
  {
    what: "a list leaves out what a page has before its end",
    file: "src/jetstream/consumer/listing.ts",
    from: "page!.slice(0, end)",
    to: "page!.slice(0, 0)",
    caughtBy:
      "kv/lists-and-watches.test.ts: of keys has those with a value, filtered, and ends; of nothing too",
  },
];
