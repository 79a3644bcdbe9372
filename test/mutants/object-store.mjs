/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "the digest of an object is not compared",
    file: "src/object-store/get/verifier.ts",
    from: "if (isRight === true) return;",
    to: "if (isRight !== undefined) return;",
    caughtBy: "object-store/reading.test.ts: has another digest: it fails at its end",
  },
  {
    what: "an object with a digest that can't be read passes for whole",
    file: "src/object-store/get/verifier.ts",
    from: "if (isRight === true) return;",
    to: "if (isRight !== false) return;",
    caughtBy: "object-store/reading.test.ts: has another digest: it fails at its end",
  },
  {
    what: "of a part that loses a chunk while it is read other bytes are handed out",
    file: "src/object-store/get/object-reader.ts",
    from: "if (startSeq !== undefined && seq !== startSeq + this.#chunks)",
    to: "if (startSeq !== undefined && seq < startSeq + this.#chunks)",
    caughtBy: "object-store/reading.test.ts: loses a chunk while a part is read",
  },
  {
    what: "a part of an object that has lost its beginning is other bytes",
    file: "src/object-store/get/object-reader.ts",
    from: "if (this.#verifier === undefined && this.#chunks === 0) await this.#checkPart(message);",
    to: "",
    caughtBy: "object-store/reading.test.ts: lacks a chunk before or within the part that is read",
  },
  {
    what: "a part is looked for where other messages lie between its chunks",
    file: "src/object-store/get/start.ts",
    from: "if (last.size !== lastSize || last.seq - first.seq + 1 !== chunks) return fromFirst;",
    to: "if (last.size !== lastSize) return fromFirst;",
    caughtBy:
      "object-store/reading.test.ts: is found where other messages lie between, and where chunks differ in size",
  },
  {
    what: "an object is told of before its last chunks are stored",
    file: "src/object-store/put/upload.ts",
    from: "async finish(): Promise<void> {\n    while (this.#open > 0) await this.#news();",
    to: "async finish(): Promise<void> {",
    caughtBy: "object-store/lost-links.test.ts: a put whose last chunk goes astray is told as failed",
  },
  {
    what: "a failed put leaves its chunks",
    file: "src/object-store/put/put.ts",
    from: "const left = await purgeChunks(this.#context, chunks, this.#timeout);",
    to: "const left = await Promise.resolve<NatsError | undefined>(undefined);",
    caughtBy: "object-store/failed-puts.test.ts: because its source does leaves nothing",
  },
  {
    what: "a put forgets the revision that it was to replace",
    file: "src/object-store/put/put.ts",
    from: "if (is === revision) return;",
    to: "if (is >= revision) return;",
    caughtBy: "object-store/failed-puts.test.ts: with a revision are refused if another one was quicker",
  },
  {
    what: "what an object was before stays in the store",
    file: "src/object-store/put/put.ts",
    from: "if (before !== undefined) await this.#forget(before);",
    to: "void before;",
    caughtBy: "object-store/put-and-get.test.ts: leaves no chunks of what it replaces",
  },
  {
    what: "of two puts at once one loses its chunks to nobody",
    file: "src/object-store/meta/metas.ts",
    from: "      expect: { lastSubjectSequence: revision },\n",
    to: "",
    caughtBy: "object-store/failed-puts.test.ts: at once leave the chunks of the last one alone",
  },
  {
    what: "a put that was stored, of which the answer got lost, is told as failed",
    file: "src/object-store/meta/metas.ts",
    from: "if (now !== undefined && saysTheSame(now.wire, wire)) return { written: now, before };",
    to: "",
    caughtBy:
      "object-store/lost-links.test.ts: a put whose last answer is lost with the link is told as it is",
  },
  {
    what: "a rename takes the bytes of who put under the old name meanwhile",
    file: "src/object-store/change/rename.ts",
    from: "if (last?.revision === old!.revision) return mark;",
    to: "if (last !== undefined) return mark;",
    caughtBy:
      "object-store/changes.test.ts: that renames, and a put of the old name at once: each object is whole",
  },
  {
    what: "a get asks for all chunks at once, however slow its reader is",
    file: "src/object-store/get/chunk-feed.ts",
    from: "capacity: Math.min(chunks, CAPACITY, Math.max(2, Math.floor(CAPACITY_BYTES / largest))),",
    to: "capacity: Math.min(chunks, CAPACITY + largest),",
    caughtBy: "object-store/reading.test.ts: holds no more than its window while its reader takes nothing",
  },
  {
    what: "a get that is left leaves its consumer",
    file: "src/object-store/get/chunk-feed.ts",
    from: "await this.#messages.stop();\n    this.#series.remove();",
    to: "await Promise.resolve();",
    caughtBy: "object-store/reading.test.ts: that is left, cancelled or disposed of leaves no consumer",
  },
  {
    what: "links in a ring are followed for ever",
    file: "src/object-store/get/links.ts",
    from: "if (followed === MOST_LINKS)",
    to: "if (followed === Infinity)",
    caughtBy:
      "object-store/changes.test.ts: of another client is followed to its end: to nowhere, in a ring, without an id, in the wrong store",
  },
];
