/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "one bad line takes all headers of a message with it",
    file: "src/core/message.ts",
    from: "return headers.size === 0 ? null : headers;",
    to: "return null;",
    caughtBy:
      "unit/message.test.ts: with headers that can be read in part keeps these, and says once what is wrong with the others",
  },
  {
    what: "headers that can't be read are left out without a word",
    file: "src/core/message.ts",
    from: "if (faults.length === 0) return headers;",
    to: "return headers;",
    caughtBy: "wire/incoming.test.ts: headers that can't be read",
  },
  {
    what: "a payload that is a Node Buffer is handed out as one: its slice() does not copy",
    file: "src/core/protocol/decoder.ts",
    from: "if (chunk.constructor === Uint8Array) return chunk;",
    to: "return chunk;",
    caughtBy: "integration/received-bytes.test.ts: in memory, also by a transport that gives Buffers",
  },
  {
    what: "half of a surrogate pair in a subject goes to another subject",
    file: "src/core/protocol/subject.ts",
    from: "if (!isAscii && hasLoneSurrogate(subject))",
    to: "if (isAscii && hasLoneSurrogate(subject))",
    caughtBy:
      "unit/protocol/subject.test.ts: has half of a surrogate pair, and would be another name on the wire",
  },
  {
    what: "headers that another copy of the package made are refused",
    file: "src/core/protocol/headers.ts",
    from: "if (#values in headers) return headers.#values;",
    to: "return headers.#values;",
    caughtBy: "package/two-copies.test.ts: take each other's authenticators, headers and messages",
  },
  {
    what: "an error of another copy of the package is none",
    file: "src/core/errors.ts",
    from: 'Symbol.for("natspeed.error")',
    to: 'Symbol("natspeed.error")',
    caughtBy:
      "package/two-copies.test.ts: take each other's errors for what they are, those of an authenticator too",
  },
];
