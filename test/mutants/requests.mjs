/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a 503 with a payload is taken for nobody",
    file: "src/core/requests/deliver.ts",
    from: "return payloadStart === payloadEnd && isNoRespondersStatus(",
    to: "return isNoRespondersStatus(",
    caughtBy: "wire/request.test.ts: ends at once with 503 and no payload; with a payload that is a response",
  },
  {
    what: "a late response goes to another request",
    file: "src/core/requests/reply-router.ts",
    from: "if (!hasSalt(bytes, token, this.#reply, this.#tokenStart)) return undefined;",
    to: "",
    caughtBy: "wire/request.test.ts: does not take what was meant for another",
  },
  {
    what: "a rewritten subject goes to the oldest of several requests",
    file: "src/core/requests/reply-router.ts",
    from: "if (this.#requesters.size === 1) this.requesters[0]!.receive(frame);",
    to: "this.requesters[0]?.receive(frame);",
    caughtBy: "wire/request.test.ts: that is not alone does not",
  },
  {
    what: "a request that has its response is not forgotten",
    file: "src/core/requests/pending-request.ts",
    from: "onReply(message: Message): void {\n    this.router.host.release(this);",
    to: "onReply(message: Message): void {",
    caughtBy: "integration/request.test.ts: leaves nothing behind, however it ends",
  },
  {
    what: "a request never times out",
    file: "src/core/requests/deadlines.ts",
    from: "if (!this.#limit.isRunning) this.#limit.start(this.timeout);",
    to: "",
    caughtBy: "integration/request.test.ts: times out, with subject, elapsed and sent",
  },
  {
    what: "each fraction of a millisecond has a timer to itself",
    file: "src/core/requests/deadlines.ts",
    from: "const whole = Math.ceil(timeout);",
    to: "const whole = timeout;",
    caughtBy:
      "unit/requests/deadlines.test.ts: share a timer with those that are as long in whole milliseconds",
  },
  {
    what: "each length of a timeout leaves a timer behind until its end",
    file: "src/core/requests/deadlines.ts",
    from: "if (this.#lists.size >= this.#pruneAt) this.#prune();",
    to: "",
    caughtBy: "unit/requests/deadlines.test.ts: of thousands of lengths leave few timers behind",
  },
];
