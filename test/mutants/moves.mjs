/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "the time limit of a barrier is taken for its success",
    file: "src/core/barrier.ts",
    from: '? "time-up" : "link-lost"',
    to: '? "reached" : "link-lost"',
    caughtBy: "integration/moves-and-slow-servers.test.ts: is told in the report of a drain",
  },
  {
    what: "the loss of a link is taken for the success of a barrier",
    file: "src/core/barrier.ts",
    from: '? "time-up" : "link-lost"',
    to: '? "time-up" : "reached"',
    caughtBy:
      "integration/keep-alive.test.ts: is left as stale while the connection drains too, which ends the drain",
  },
  {
    what: "a server that is left is not waited for",
    file: "src/core/move/hand-over.ts",
    from: 'const isLevel = (await this.#catchUp.wait(old)) === "reached";',
    to: 'const isLevel = this.#progress.current === "none";',
    caughtBy:
      "integration/moves-and-slow-servers.test.ts: takes all that it still sends, in order, before anything of the next",
  },
  {
    what: "what is left behind at a server that does not read is told to nobody",
    file: "src/core/move/hand-over.ts",
    from: "onLeftBehind: (link, left) => host.changes.onLeftBehind(link, left),",
    to: "onLeftBehind: () => undefined,",
    caughtBy:
      "integration/moves-and-slow-servers.test.ts: tells how many of the messages that it had been handed were never confirmed",
  },
  {
    what: "a request that is made while a move holds publishing back is answered where nobody listens",
    file: "src/core/move/hand-over.ts",
    from: "requests.renewInbox();",
    to: "",
    caughtBy:
      "integration/moves-and-slow-servers.test.ts: leaves no request unanswered that is made while publishing is held back",
  },
  {
    what: "a drain says that it is complete though messages were never confirmed",
    file: "src/core/connection/drain.ts",
    from: "complete: reports.every(({ complete }) => complete) && isPublished,",
    to: "complete: reports.every(({ complete }) => complete) && lost === 0,",
    caughtBy: "integration/moves-and-slow-servers.test.ts: is told in the report of a drain",
  },
  {
    what: "a link that was left is closed with its barrier unanswered, as if that had been reached",
    file: "src/core/move/hand-over.ts",
    from: "const asked = pings.countUpTo(last);",
    to: "const asked = 0;",
    caughtBy:
      "integration/moves-and-slow-servers.test.ts: tells how many of the messages that it had been handed were never confirmed",
  },
  {
    what: "what a server that was left still sends for a plain subscription is dropped uncounted",
    file: "src/core/move/retired-link.ts",
    from: "else this.#dropped++;",
    to: "",
    caughtBy:
      "integration/moves-and-slow-servers.test.ts: counts what it still sends for subscriptions that are at the next one already",
  },
  {
    what: "a server that gets something across all the time is left after a fixed time",
    file: "src/core/move/catch-up.ts",
    from: "{ timeout: LIMIT, signal: waiting.signal }",
    to: "{ timeout: 1000, signal: waiting.signal }",
    caughtBy:
      "integration/moves-and-slow-servers.test.ts: takes all that it still sends, in order, before anything of the next",
  },
  {
    what: "what a move leaves behind counts requests that were withdrawn",
    file: "src/core/link/ping-queue.ts",
    from: "Math.min(handedOver - this.#confirmed, givenToLink)",
    to: "handedOver - this.#confirmed",
    caughtBy: "unit/connection/unconfirmed.test.ts: what a move leaves behind",
  },
  {
    what: "reconnect() tells of a new link though the connection was closed before it had one",
    file: "src/core/connection/renewal.ts",
    from: "if (inUse.link !== undefined && inUse.link !== link) return;",
    to: "return;",
    caughtBy: "integration/moving.test.ts: rejects when the connection is %s before it has moved",
  },
  {
    what: "who asks for a new link gets one that was begun before, with credentials of before",
    file: "src/core/connection/renewal.ts",
    from: "if (moves.loaded?.begun === begun) await",
    to: "if (begun < 0) await",
    caughtBy: "integration/moving.test.ts: while a move is under way begins one behind it",
  },
  {
    what: "each call of reconnect() makes a move of its own",
    file: "src/core/connection/renewal.ts",
    from: "if (moves.loaded?.begun === begun) await",
    to: "if (moves.loaded !== undefined) await",
    caughtBy: "integration/moving.test.ts: twenty times at once is one move",
  },
  {
    what: "a call of reconnect() that gives up ends the move of the others",
    file: "src/core/connection/renewal.ts",
    from: "if (this.#sharing === 0) moves",
    to: "moves",
    caughtBy: "integration/moving.test.ts: is given up by its own time limit, and its move goes on",
  },
  {
    what: "a connection that is to have a new link stays at its server, though there is another",
    file: "src/core/servers/once-around.ts",
    from: " && one !== this.#avoided);",
    to: ");",
    caughtBy: "integration/moving.test.ts: goes to another server where there is one, in either direction",
  },
];
