/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a drain without a link forgets what waited for one",
    file: "src/core/connection/closing.ts",
    from: "undelivered.onDiscarded(waiting.messages);",
    to: "",
    caughtBy: "wire/drain.test.ts: without a link counts all that waits for one",
  },
  {
    what: "what no listener hears leaves no trace",
    file: "src/core/connection/event-hub.ts",
    from: "if (!isHeard && !isRead) this.#listener?.onUnheard(event);",
    to: "",
    caughtBy:
      "integration/warnings.test.ts: is a warning of the process, one of each kind, and the number of the others at the end",
  },
  {
    what: "the library's own ears silence the warnings of the process",
    file: "src/core/connection/event-hub.ts",
    from: "return this.#overhearers.add(",
    to: "return this.#hearers.add(",
    caughtBy: "jetstream/warnings.test.ts: what could not be sent is a warning of the process",
  },
  {
    what: "a wait for another event silences the warning of what was lost",
    file: "src/core/connection/next-event.ts",
    from: 'hub.overhear("closed"',
    to: 'hub.on("closed"',
    caughtBy: "integration/warnings.test.ts: is a warning if nobody hears of it",
  },
  {
    what: "the failure of a listener of errors leaves no trace",
    file: "src/core/connection/event-hub.ts",
    from: "this.#listener?.onFailure(error);",
    to: "return;",
    caughtBy:
      "integration/warnings.test.ts: is a listener's failure that no listener of errors hears, and the failure of that one",
  },
  {
    what: "leaving the block of `await using nc` closes at once",
    file: "src/core/connection/steered-connection.ts",
    from: "await drain.run({ timeout: options.disposeTimeout });",
    to: "await this.close();",
    caughtBy: "integration/dispose.test.ts: drains: what was received is handled, what was published is sent",
  },
  {
    what: "leaving the block of `await using nc` cuts a drain off that runs",
    file: "src/core/connection/steered-connection.ts",
    from: "await drain.report;",
    to: "",
    caughtBy: "integration/dispose.test.ts: waits for a drain that runs, which keeps its own limit",
  },
  {
    what: "a listener that never settles silences the others",
    file: "src/core/connection/event-hearers.ts",
    from: "new EventHearer(listener, this.#owner);",
    to: "[...this.#hearers.values()][0] ?? new EventHearer(listener, this.#owner);",
    caughtBy: "unit/connection/events.test.ts: that never settle silence nobody else, closed included",
  },
  {
    what: "each wait that shares a signal is a listener of its own",
    file: "src/core/shared-signal.ts",
    from: "this.#shared.set(signal, shared);",
    to: "",
    caughtBy:
      "integration/shared-signal.test.ts: requests: thousands of them share one listener, and all end with it",
  },
  {
    what: "what a server says before it closes is no cause of the loss",
    file: "src/core/connection/server-errors.ts",
    from: "this.#host.connection.errors.report(error);\n      link.suspect(error);",
    to: "this.#host.connection.errors.report(error);",
    caughtBy: "integration/server-words.test.ts: is the cause of the loss",
  },
  {
    what: "what a closed connection could not send, and nobody hears of, leaves no trace",
    file: "src/core/connection/warnings.ts",
    from: "if (lost.messages > 0 && !this.isLossReported) this.#onLost(lost);",
    to: "",
    caughtBy: "integration/warnings.test.ts: is a warning if nobody hears of it: %s",
  },
  {
    what: "a seed of another user than the JWT's is left to the server, which says no more than that it refuses",
    file: "src/core/auth/nkey-signer.ts",
    from: "if (jwt !== undefined) checkSameUser(",
    to: "if (jwt === null) checkSameUser(",
    caughtBy: "integration/auth-jwt.test.ts: with the seed of another user, and the error names both",
  },
  {
    what: "a seed that comes when its attempt is over stays in memory",
    file: "src/core/auth/attempt-secrets.ts",
    from: "if (this.#isOver) copy.fill(0);\n    else this.#copies.push(copy);",
    to: "this.#copies.push(copy);",
    caughtBy: "integration/secrets.test.ts: a seed that comes when its attempt is over is wiped at once",
  },
  {
    what: "what a call rejects with does not show who awaited it",
    file: "src/core/caller-stack.ts",
    from: "  captureStackTrace?.(error, withStackOfCaller);\n",
    to: "",
    caughtBy: "integration/caller-stack.test.ts: flush(), rtt(), ready(), reconnect(), next()",
  },
];
