import { beforeEach, describe, expect, test } from "vitest";
import { MovingInterests } from "../../../src/core/move/moving-interests.ts";
import { anInterest, linesOf, notes, tableOf } from "../support/interests.ts";

beforeEach(() => {
  notes.length = 0;
});

describe("what two servers know of subscriptions while the connection moves", () => {
  test("tells one more server of members of groups without a maximum; one that ends is ended there too", () => {
    const two = anInterest(2, { queue: "q" });
    const table = tableOf(anInterest(1), two, anInterest(3, { queue: "q" }), anInterest(4, { queue: "q" }));
    const moving = new MovingInterests(table);
    const early: string[] = [];
    expect(moving.beginEarly((commands) => void early.push(...linesOf(commands)))).toBe(true);
    expect(early).toEqual(["SUB s2 q 2", "SUB s3 q 3", "SUB s4 q 4"]);
    table.stop(1);
    table.stop(3);
    table.stop(4, 7);
    table.remove(two);
    table.stop(2);
    expect(early.slice(3)).toEqual(["UNSUB 3", "UNSUB 4", "UNSUB 2"]);
    moving.restoreBeside();
    table.stop(4);
    expect(early).toHaveLength(6);
  });

  test("tells no server early if there is no member of a group without a maximum", () => {
    const table = tableOf(anInterest(1), anInterest(2, { queue: "q", remaining: 4 }));
    const moving = new MovingInterests(table);
    expect(moving.beginEarly((commands) => void notes.push(...linesOf(commands)))).toBe(false);
    expect(notes).toEqual([]);
  });

  test("leaves responses to the link before, but for inboxes that its server was not told of", () => {
    const table = tableOf(anInterest(1), anInterest(2, { takesReplies: true }));
    const moving = new MovingInterests(table);
    table.nextSid();
    table.nextSid();
    expect(linesOf(moving.endings())).toEqual(["UNSUB 1"]);
    table.add(anInterest(table.nextSid(), { takesReplies: true }));
    expect(linesOf(moving.restoreBeside())).toEqual(["SUB s1 1", "SUB s3 3"]);
    expect(linesOf(table.restore())).toEqual(["SUB s1 1", "SUB s2 2", "SUB s3 3"]);
  });
});
