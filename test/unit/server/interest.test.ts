import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Publication } from "../../../src/server/protocol/publication.ts";
import { Interest } from "../../../src/server/routing/interest.ts";
import { SubjectTrie } from "../../../src/server/routing/subject-trie.ts";
import type { Subscription } from "../../../src/server/routing/subscription.ts";

/** Few tokens, so that subjects overlap. */
const token = fc.constantFrom("a", "b", "a*", ">x", "c");
const literal = fc.array(token, { minLength: 1, maxLength: 5 });
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant("*")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, isOpen]) => [...tokens, ...(isOpen ? [">"] : [])]);

/** The definition, token by token. */
function covers(wanted: readonly string[], subject: readonly string[]): boolean {
  for (const [i, one] of wanted.entries()) {
    if (one === ">") return subject.length > i;
    if (i >= subject.length || (one !== "*" && one !== subject[i])) return false;
  }
  return wanted.length === subject.length;
}

function subscription(subject: string, sid: string, queue?: string): Subscription {
  return { subscriber: { deliver: () => true }, subject, queue, sid, delivered: 0, max: 0 };
}

function publicationTo(subject: string): Publication {
  const publication = new Publication();
  publication.bytes = Uint8Array.from(`PUB ${subject} 0\r\n`, (letter) => letter.charCodeAt(0));
  publication.subjectStart = 4;
  publication.subjectEnd = 4 + subject.length;
  return publication;
}

/** Adds and removals of patterns, with looks at subjects between them. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    tokens: pattern,
    queue: fc.constantFrom(undefined, "q", "r"),
  }),
  fc.record({ kind: fc.constant("remove" as const), which: fc.nat(30) }),
  fc.record({ kind: fc.constant("look" as const), tokens: literal }),
);

test("a trie finds what the definition of a match says, whatever came and went before", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const trie = new SubjectTrie<number>();
      const kept = new Map<number, readonly string[]>();
      for (const [i, one] of steps.entries()) {
        if (one.kind === "add") {
          trie.add(one.tokens.join("."), i);
          kept.set(i, one.tokens);
        } else if (one.kind === "remove") {
          const chosen = [...kept.keys()][one.which];
          if (chosen === undefined) continue;
          trie.remove(kept.get(chosen)!.join("."), chosen);
          kept.delete(chosen);
        } else {
          const expected = [...kept].filter(([, tokens]) => covers(tokens, one.tokens)).map(([key]) => key);
          const found = trie.match(one.tokens.join("."));
          expect(found.toSorted((a, b) => a - b)).toEqual(expected);
        }
        expect(trie.size).toBe(kept.size);
      }
    }),
  );
});

test("interest remembers matches, and never one that a change has made wrong", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const interest = new Interest();
      const kept: Subscription[] = [];
      for (const [i, one] of steps.entries()) {
        if (one.kind === "add") {
          const added = subscription(one.tokens.join("."), String(i), one.queue);
          kept.push(added);
          interest.add(added);
        } else if (one.kind === "remove") {
          const [gone] = kept.splice(one.which, 1);
          if (gone !== undefined) interest.remove(gone);
        } else {
          const subject = one.tokens.join(".");
          const wanted = kept.filter((other) => covers(other.subject.split("."), one.tokens));
          const { plain, groups } = interest.matchPublication(publicationTo(subject));
          const sids = (list: readonly Subscription[]): string[] => list.map(({ sid }) => sid).toSorted();
          expect(sids(plain)).toEqual(sids(wanted.filter(({ queue }) => queue === undefined)));
          for (const queue of ["q", "r"]) {
            const group = groups.filter((members) => members[0]!.queue === queue).flat();
            expect(sids(group)).toEqual(sids(wanted.filter((other) => other.queue === queue)));
          }
        }
      }
    }),
  );
});

test("a subject with an empty token is nobody's", () => {
  const trie = new SubjectTrie<string>();
  trie.add(">", "all");
  trie.add("*.*", "two");
  for (const subject of ["", ".", "a.", ".a", "a..b"]) expect(trie.match(subject)).toEqual([]);
  expect(trie.match("a.b").toSorted()).toEqual(["all", "two"]);
});

/** Looks for each of as many subjects under a name in turn; how many matches were remembered. */
function round(interest: Interest, name: string, subjects: number): number {
  const before = interest.hits;
  for (let i = 0; i < subjects; i++) interest.match(`${name}.${i}`);
  return interest.hits - before;
}

test("remembered matches are bounded, and worth something beyond the bound", () => {
  const interest = new Interest();
  interest.add(subscription(">", "1"));
  round(interest, "a", 4000);
  expect(round(interest, "a", 4000)).toBe(4000);
  for (const [subjects, share] of [
    [5000, 0.3],
    [10_000, 0.05],
  ] as const) {
    round(interest, "b", subjects);
    let hits = 0;
    for (let i = 0; i < 10; i++) hits += round(interest, "b", subjects);
    expect(hits).toBeGreaterThan(10 * subjects * share);
    expect(interest.cached).toBeLessThanOrEqual(4096);
  }
  // What nobody publishes any more gives way.
  for (let i = 0; i < 10; i++) round(interest, "c", 4000);
  expect(round(interest, "c", 4000)).toBeGreaterThan(3000);
});

test("any number of values of one subject, and of tokens in one, are found", () => {
  const trie = new SubjectTrie<number>();
  const many = Array.from({ length: 200_000 }, (_, i) => i);
  for (const i of many) trie.add(i % 2 === 0 ? "a" : ">", i);
  expect(trie.match("a")).toHaveLength(many.length);
  const deep = new SubjectTrie<string>();
  const tokens = (token: string): string => Array.from({ length: 50_000 }, () => token).join(".");
  for (const token of ["a", "*"]) deep.add(tokens(token), token);
  expect(deep.match(tokens("a")).toSorted()).toEqual(["*", "a"]);
  expect(deep.match(tokens("b"))).toEqual(["*"]);
  for (const token of ["a", "*"]) deep.remove(tokens(token), token);
  expect(deep.size).toBe(0);
});

test("what came and went leaves nothing behind", () => {
  const interest = new Interest();
  for (let i = 0; i < 10_000; i++) {
    const inbox = subscription(`_INBOX.${i}.>`, "1");
    interest.add(inbox);
    interest.match(`_INBOX.${i}.1`);
    interest.remove(inbox);
  }
  expect(interest.size).toBe(0);
  expect(interest.cached).toBe(0);
});
