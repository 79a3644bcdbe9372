/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "an object is told as corrupt because its connection drains",
    file: "src/object-store/get/object-reader.ts",
    from: '=== "draining") return drainingError();',
    to: '=== "draining") void drainingError();',
    caughtBy: "object-store/reading.test.ts: is whole: a connection that is closed, or drains",
  },
  {
    what: "of an object with a chunk of another size a part is other bytes",
    file: "src/object-store/get/part-check.ts",
    from: "if (!isLast && data.length !== this.#info.chunkSize)",
    to: "if (isLast && data.length !== this.#info.chunkSize)",
    caughtBy: "object-store/reading.test.ts: has a chunk of another size, so that a part",
  },
  {
    what: "of an object with more chunks than it says a part is other bytes",
    file: "src/object-store/get/part-check.ts",
    from: "if (lacking < 0 && this.#chunks === 0)",
    to: "if (lacking < 0 && this.#chunks < 0)",
    caughtBy:
      "object-store/reading.test.ts: has more chunks than it says, or another one, where a part is read",
  },
  {
    what: "of an object whose one large chunk is another one a part is other bytes",
    file: "src/object-store/get/part-check.ts",
    from: "if (this.#info.chunks === 1) this.#checkSize(chunk);",
    to: "if (this.#info.chunks === 1 && chunk.pending === undefined) this.#checkSize(chunk);",
    caughtBy:
      "object-store/reading.test.ts: has more chunks than it says, or another one, where a part is read",
  },
  {
    what: "gets ask for more than servers let wait for one link",
    file: "src/object-store/get/read-budget.ts",
    from: "if (fits < 1 && this.#onTheWay > 0) break;",
    to: "",
    caughtBy: "unit/object-store/read-budget.test.ts: have 32 MiB on their way together",
  },
  {
    what: "each of many gets holds as much as one alone",
    file: "src/object-store/get/read-budget.ts",
    from: "TOGETHER / this.#shares.size / messageBytes",
    to: "TOGETHER / messageBytes",
    caughtBy: "unit/object-store/read-budget.test.ts: hold 64 MiB together, or a message each",
  },
  {
    what: "a reader that takes nothing keeps others waiting",
    file: "src/object-store/get/read-share.ts",
    from: "const more = onTheWay - this.#onTheWay;",
    to: "const more = onTheWay + held - this.#onTheWay - this.#held;",
    caughtBy: "unit/object-store/read-budget.test.ts: that take nothing keep nobody else waiting",
  },
  {
    what: "a get that is left keeps the room of what is on its way",
    file: "src/object-store/get/read-share.ts",
    from: "    this.onChange(0, 0, 0, this.#received);\n",
    to: "",
    caughtBy: "unit/object-store/read-budget.test.ts: that are left give their room to others",
  },
  {
    what: "a call that fails keeps its room",
    file: "src/object-store/get/read-budget.ts",
    from: "    try {\n      const result = await call();\n      this.arrived(messageBytes);\n      return result;\n    } finally {\n      this.moved(-messageBytes);\n    }",
    to: "    const result = await call();\n    this.moved(-messageBytes);\n    return result;",
    caughtBy: "unit/object-store/read-budget.test.ts: is made when there is room, and gives it back",
  },
  {
    what: "what a server has not got keeps the room of others for as long as a reader stalls",
    file: "src/jetstream/consume/ordered-source.ts",
    from: 'if (input.type === "status" && input.status.code === IDLE) this.#reader.ration?.onIdle();',
    to: "",
    caughtBy: "jetstream/consume/ordered.test.ts: that the server has nothing to send",
  },
  {
    what: "what comes after a heartbeat is taken off the room once more",
    file: "src/object-store/get/read-share.ts",
    from: "this.#absent = Math.min(this.#absent, asked);",
    to: "",
    caughtBy: "unit/object-store/read-budget.test.ts: keeps no room, though it was asked for",
  },
];
