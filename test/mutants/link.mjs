/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a flush is over before the server has answered",
    file: "src/core/link/ping-queue.ts",
    from: "this.#ask(waiter);\n    return waiter.promise;",
    to: "this.#ask(waiter);\n    waiter.resolve();\n    return waiter.promise;",
    caughtBy: "integration/keep-alive.test.ts: is matched in the order of all PINGs, several at once",
  },
  {
    what: "a flush that timed out gives its place away",
    file: "src/core/link/ping-queue.ts",
    from: "const answered = this.#asked.shift();",
    to: "while (this.#asked[0]?.waiter?.isSettled === true) this.#asked.shift();\n    const answered = this.#asked.shift();",
    caughtBy:
      "integration/keep-alive.test.ts: that timed out keeps its place: its late PONG does not complete the next",
  },
  {
    what: "who waits for a PONG is not told that the link is gone",
    file: "src/core/link/ping-queue.ts",
    from: "for (const { waiter } of this.#asked.takeAll()) waiter?.reject(error);",
    to: "this.#asked.takeAll();",
    caughtBy: "unit/link/ping-queue.test.ts: end with the link, and none waits for the next",
  },
  {
    what: "a silent server is asked once too often",
    file: "src/core/link/keep-alive.ts",
    from: "this.#unanswered >= this.#options.maxPingsOut",
    to: "this.#unanswered > this.#options.maxPingsOut",
    caughtBy: "unit/link/keep-alive.test.ts: gives up after as many questions as maxPingsOut says",
  },
  {
    what: "a server that does not read counts as a healthy one",
    file: "src/core/link/keep-alive.ts",
    from: "if (hasHeard && !isStalled) {",
    to: "if (hasHeard) {",
    caughtBy: "unit/link/keep-alive.test.ts: gives up a peer that speaks and does not read",
  },
  {
    what: "a pause of the process is taken for a silent server",
    file: "src/core/link/keep-alive.ts",
    from: "const judges = !isLate || this.#wasLate;",
    to: "const judges = true;",
    caughtBy: "unit/link/keep-alive.test.ts: does not blame the peer for a pause of its own process",
  },
  {
    what: "the user is shown to a server before the TLS that he wants",
    file: "src/core/link/handshake.ts",
    from: "return !link.isSecure && this.#needsTls(info, link.canStartTls);",
    to: "this.#needsTls(info, link.canStartTls);\n    return false;",
    caughtBy: "unit/link/handshake.test.ts: to %s, with a server that says %s, begins: %s",
  },
  {
    what: "an -ERR in the handshake is no refusal of the credentials",
    file: "src/core/link/handshake.ts",
    from: "return parseServerError(text, this.#server).error;",
    to: "return this.#unexpected(text);",
    caughtBy: "integration/connect.test.ts: is told as such also when there are several",
  },
  {
    what: "a forbidden subject is taken as the server quotes it",
    file: "src/core/protocol/server-error.ts",
    from: "subject: unquoted(subject!),",
    to: "subject,",
    caughtBy: "unit/protocol/server-error.test.ts: is told as",
  },
  {
    what: "what a WebSocket still had when its peer broke off during a close is not counted",
    file: "src/transport/node-web-socket-transport.ts",
    from: "resolve(isAnswer(code) ? 0 : unsent);",
    to: "resolve(0);",
    caughtBy: "websocket/ending.test.ts: what a peer never read that breaks off during a close is counted",
  },
  {
    what: "each of thousands of barriers is a write of its own",
    file: "src/core/connection/lifecycle.ts",
    from: "    return endOfAll(await Promise.all(ends));",
    to: "    this.#outbox.flush();\n    return endOfAll(await Promise.all(ends));",
    caughtBy: "integration/drain-many.test.ts: thousands of subscriptions end in a few writes",
  },
  {
    what: "what a tick of keep-alive has heard is no answer to a probe any more",
    file: "src/core/link/keep-alive.ts",
    from: "if (this.#host.heard() === this.#heardAtProbe)",
    to: "if (this.#host.heard() === this.#heardAtTick)",
    caughtBy:
      "unit/link/keep-alive.test.ts: takes an answer to a probe for one, also when a tick has seen it first",
  },
  {
    what: "an end that a transport tells from within a write is told within that write",
    file: "src/core/link/guarded-transport.ts",
    from: "if (this.#mustHold) this.#hold(() => this.#listener?.onClose(error));\n    else this.#listener!.onClose(error);",
    to: "this.#listener?.onClose(error);",
    caughtBy:
      "integration/unruly-transports.test.ts: while it is attached, is a lost link: the next one is made",
  },
  {
    what: "what a transport throws in a write reaches whoever published",
    file: "src/core/link/guarded-transport.ts",
    from: "this.#onClose(this.#inner, toError(thrown));\n    return false;",
    to: "throw thrown;",
    caughtBy:
      "integration/unruly-transports.test.ts: that throws from within the write of a publish does not throw out of it",
  },
  {
    what: "a socket that ignores its end and opens later stays open",
    file: "src/transport/web-socket.ts",
    from: "socket.onopen = () => terminate(socket);",
    to: "socket.onopen = null;",
    caughtBy: "websocket/own-socket.test.ts: that ignores its end and opens later is ended when it opens",
  },
  {
    what: "what a peer sends while its link is being closed is kept",
    file: "src/transport/inbound.ts",
    from: "else if (!this.#isOver) this.#early.push(chunk);",
    to: "else this.#early.push(chunk);",
    caughtBy: "unit/transport/read-buffer.test.ts: is not kept once nobody will listen any more",
  },
  {
    what: "a connection that had one large message keeps the memory for many",
    file: "src/transport/read-buffer.ts",
    from: " || performance.now() - this.#muchAt > LULL",
    to: "",
    caughtBy:
      "unit/transport/read-buffer.test.ts: is small again with the first read that has little a while later",
  },
];
