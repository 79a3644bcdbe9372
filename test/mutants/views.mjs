/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "a view goes back to what its own handle had written over",
    file: "src/kv/view/replica.ts",
    from: "if (before !== undefined && before.revision >= revision) {",
    to: "if (before !== undefined && before.revision === revision) {",
    caughtBy:
      "unit/kv/replica.test.ts: has what we wrote before the watch tells, and is not turned back by it",
  },
  {
    what: "a key that this process removed comes back into its view",
    file: "src/kv/view/replica.ts",
    from: "if ((this.#removed.get(key) ?? 0) > revision) return;",
    to: "",
    caughtBy: "unit/kv/replica.test.ts: does not bring back what we removed",
  },
  {
    what: "a write of its own that a watch told first is told by a view twice",
    file: "src/kv/view/replica.ts",
    from: "or of what came after it.\n    if (facts.revision <= this.#position) return;",
    to: "or of what came after it.",
    caughtBy: "unit/kv/replica.test.ts: passes over a write of ours that the watch was quicker to tell",
  },
  {
    what: "a view counts what it has and never what went",
    file: "src/kv/view/replica.ts",
    from: "#forget(key: string, held: HeldValue): void {\n    this.#bytes -= bytesOf(key, held);",
    to: "#forget(key: string, held: HeldValue): void {\n    void bytesOf(key, held);",
    caughtBy: "unit/kv/replica.test.ts: counts its bytes: keys, values, headers and something for each",
  },
  {
    what: "a view is there before all is there",
    file: "src/kv/view/view.ts",
    from: "this.#audit.start();\n        this.#synced.resolve();",
    to: "this.#audit.start();",
    caughtBy: "kv/view.test.ts: of an empty bucket is there at once",
  },
  {
    what: "reached() resolves though a write is still on its way to the view",
    file: "src/kv/view/reaching.ts",
    from: "if (next.some((message) => message !== undefined)) return;",
    to: "void next;",
    caughtBy: "kv/view-faults.test.ts: does not take what is still on its way for what never comes",
  },
  {
    what: "a wait for a revision has the trouble of a wait before as its cause",
    file: "src/kv/view/reaching.ts",
    from: "if (this.#waiters.size === 0) this.#trouble = undefined;",
    to: "",
    caughtBy: "unit/kv/reaching.test.ts: has its own trouble as its cause",
  },
  {
    what: "a view lets go what was overwritten",
    file: "src/kv/view/audit.ts",
    from: "old.filter(({ key }) => !there.has(key))",
    to: "old.filter(({ key }) => there.size >= 0 || key)",
    caughtBy:
      "kv/view.test.ts: what was overwritten is not told as gone, though the watch was taken to have told all",
  },
  {
    what: "a view that is too large grows on",
    file: "src/kv/view/view.ts",
    from: "if (this.#replica.bytes > this.#maxBytes) {",
    to: "if (this.#replica.bytes > Infinity) {",
    caughtBy: "kv/view.test.ts: by maxBytes, later: it ends, and says so",
  },
  {
    what: "a key that came and went before a reader came is told to him as removed",
    file: "src/kv/view/view-changes.ts",
    from: "if (marker !== undefined && known !== undefined && known.before === undefined) untold.delete(key);",
    to: "",
    caughtBy: "kv/view.test.ts: tells what changes, with what was there before",
  },
  {
    what: "a view keeps the pages of values that have gone",
    file: "src/kv/view/byte-pages.ts",
    from: "page.live > 0 && page.live < page.used / 2",
    to: "page.live < 0",
    caughtBy: "unit/kv/byte-pages.test.ts: that are mostly free are left",
  },
  {
    what: "a key that is written over and over keeps page after page",
    file: "src/kv/view/byte-pages.ts",
    from: "if (full.live < full.used / 2) this.#clear(full);",
    to: "",
    caughtBy:
      "unit/kv/byte-pages.test.ts: that are full of values which were written over are left as the next one begins",
  },
  {
    what: "a view keeps a record of each value that was written over",
    file: "src/kv/view/byte-pages.ts",
    from: "const last = tenants.pop()!;",
    to: "const last = tenants.at(-1)!;",
    caughtBy:
      "unit/kv/byte-pages.test.ts: keep nothing of the values before one that is written over and over",
  },
  {
    what: "a value that moves within its page's list is taken for another",
    file: "src/kv/view/byte-pages.ts",
    from: "    last.place = tenant.place;\n",
    to: "",
    caughtBy: "unit/kv/byte-pages.test.ts: know those that are left, whichever go first",
  },
  {
    what: "who writes to what a view gave him writes into the view",
    file: "src/kv/view/byte-pages.ts",
    from: "page.bytes.slice(offset, offset + length)",
    to: "page.bytes.subarray(offset, offset + length)",
    caughtBy: "unit/kv/byte-pages.test.ts: hand out copies",
  },
  {
    what: "a view brings back what its leader had not any more",
    file: "src/kv/view/replica.ts",
    from: "had removed this value while it was on its way.\n    if (facts.revision <= this.#position) return;",
    to: "had removed this value while it was on its way.",
    caughtBy:
      "unit/kv/replica.test.ts: brings nothing back that was on its way when the leader had nothing up to there any more",
  },
  {
    what: "whoever reads a view changes its headers",
    file: "src/kv/view/view.ts",
    from: "MessageHeaders.copyOf(held.headers)",
    to: "held.headers",
    caughtBy: "kv/view.test.ts: keeps its headers, whatever a reader does to those of an entry",
  },
];
