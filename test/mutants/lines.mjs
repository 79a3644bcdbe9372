/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a line that is a byte too long is written",
    file: "src/core/protocol/line-limit.ts",
    from: "if (size > this.#most) return false;",
    to: "if (size > this.#most + 1) return false;",
    caughtBy: "unit/protocol/line-limit.test.ts: is at the byte",
  },
  {
    what: "text of characters that take three bytes is not looked at",
    file: "src/core/protocol/line-limit.ts",
    from: "Math.trunc((size - REST) / 3)",
    to: "size - REST",
    caughtBy: "unit/protocol/line-limit.test.ts: counts on three bytes for each character",
  },
  {
    what: "a server that takes shorter lines is sent the same one again",
    file: "src/core/protocol/line-limit.ts",
    from: "this.#most = refused - 1;",
    to: "",
    caughtBy: "unit/protocol/line-limit.test.ts: is below the longest line once a server has ended a link",
  },
  {
    what: "a usual line is blamed for the end of a link",
    file: "src/core/protocol/line-limit.ts",
    from: "if (refused <= this.#usual) return undefined;",
    to: "",
    caughtBy: "unit/protocol/line-limit.test.ts: blames no usual line",
  },
  {
    what: "a subscription that ends links is told to the next server",
    file: "src/core/connection/refused-lines.ts",
    from: "for (const interest of long) end(host, interest, said);",
    to: "",
    caughtBy: "integration/control-line.test.ts: ends one link for a subscription",
  },
  {
    what: "a subscription is blamed for the line of a message",
    file: "src/core/connection/refused-lines.ts",
    from: "table.sizeOf(interest) >= refused",
    to: "table.sizeOf(interest) >= 0",
    caughtBy: "integration/control-line.test.ts: is told to whoever publishes",
  },
  {
    what: "a response confirms nothing of what was published before its request",
    file: "src/core/link/ping-queue.ts",
    from: "if (position > this.#confirmed) this.#confirmed = position;",
    to: "void position;",
    caughtBy: "integration/warnings.test.ts: is none if a response to a later request confirms all",
  },
  {
    what: "a link that never falls silent is never asked to confirm what was published",
    file: "src/core/link/keep-alive.ts",
    from: "if (this.#host.isUnconfirmed()) this.#host.ping();",
    to: "",
    caughtBy: "unit/link/keep-alive.test.ts: asks a peer that was heard only to confirm",
  },
  {
    what: "an outage without listeners is told to nobody",
    file: "src/core/connection/warnings.ts",
    from: 'else if (event.type === "disconnected") this.#onDisconnected(event);',
    to: "",
    caughtBy: "integration/warnings.test.ts: is a warning each time, with its numbers",
  },
  {
    what: "a drain that has done its work in time says that it has not",
    file: "src/core/connection/drain.ts",
    from: '(end === "time-up" && !isPublished)',
    to: 'end === "time-up"',
    caughtBy:
      "unit/connection/drain.test.ts: is complete, and nothing was given up, if the server has confirmed",
  },
];
