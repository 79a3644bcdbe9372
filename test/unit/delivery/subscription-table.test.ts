import { beforeEach, describe, expect, test } from "vitest";
import { SubscriptionTable } from "../../../src/core/delivery/subscription-table.ts";
import { ConnectionError } from "../../../src/core/errors.ts";
import { MessageFrame } from "../../../src/core/protocol/decoder.ts";
import { LineLimit } from "../../../src/core/protocol/line-limit.ts";
import { latin1 } from "../support/bytes.ts";
import { anInterest, linesOf, notes, tableOf } from "../support/interests.ts";

beforeEach(() => {
  notes.length = 0;
});

function route(table: SubscriptionTable, ...sids: number[]): void {
  for (const sid of sids) {
    const frame = new MessageFrame();
    frame.sid = sid;
    table.route(frame);
  }
}

describe("the table of subscriptions", () => {
  test("gives out numbers from 1 on, and none twice [SUB-05]", () => {
    const table = tableOf();
    const one = anInterest(table.nextSid());
    table.add(one);
    table.remove(one);
    expect([one.sid, table.nextSid(), table.nextSid()]).toEqual([1, 2, 3]);
  });

  test("has registered a subscription when its SUB is written [SUB-06]", () => {
    const table: SubscriptionTable = new SubscriptionTable((command) => {
      notes.push(latin1(command).trim());
      route(table, 1);
    }, new LineLimit(4096));
    table.add(anInterest(1));
    expect(notes).toEqual(["SUB s1 1", "1 receives"]);
  });

  test("writes SUB, UNSUB and UNSUB with a maximum [WIRE-02] [WIRE-03]", () => {
    const table = tableOf();
    table.add(anInterest(1, { queue: "q" }));
    table.stop(1, 5);
    table.stop(1);
    expect(notes).toEqual(["SUB s1 q 1", "UNSUB 1 5", "UNSUB 1"]);
  });

  test("hands each message to whom it is for, in runs and mixed", () => {
    route(tableOf(anInterest(1), anInterest(2)), 1, 1, 2, 1, 2, 2);
    expect(notes.map((note) => note[0])).toEqual(["1", "1", "2", "1", "2", "2"]);
  });

  test("passes over messages for numbers that it does not know, or no more [WIRE-22]", () => {
    const one = anInterest(1);
    const table = tableOf(one, anInterest(2));
    route(table, 7, 1);
    table.remove(one);
    route(table, 1, 2, 1);
    expect(notes).toEqual(["1 receives", "2 receives"]);
    expect(table.size).toBe(1);
  });

  test("unpins for those that got something since the last time, once each", () => {
    const table = tableOf(anInterest(1), anInterest(2), anInterest(3));
    route(table, 1, 3, 1);
    notes.length = 0;
    table.unpin();
    table.unpin();
    expect(notes).toEqual(["1 unpins", "3 unpins"]);
    route(table, 1);
    table.unpin();
    expect(notes.slice(2)).toEqual(["1 receives", "1 unpins"]);
  });

  test("tells a new server of all, each with what is left of its maximum [RECON-23] [RECON-25] [RECON-26]", () => {
    const table = tableOf(
      anInterest(1, { remaining: 4 }),
      anInterest(2, { queue: "q" }),
      anInterest(3, { remaining: 0 }),
    );
    expect(linesOf(table.restore())).toEqual(["SUB s1 1", "UNSUB 1 4", "SUB s2 q 2"]);
    expect(notes).toEqual([]);
  });

  test("ends all when the connection is closed, and knows none any more [CLOSE-03]", () => {
    const table = tableOf(anInterest(1), anInterest(2));
    route(table, 1);
    notes.length = 0;
    table.close(new ConnectionError("CONNECTION_CLOSED", "closed"));
    route(table, 1, 2);
    table.unpin();
    expect(notes).toEqual(["1 ends: CONNECTION_CLOSED", "2 ends: CONNECTION_CLOSED"]);
    expect([table.size, [...table], table.restore()]).toEqual([0, [], []]);
  });
});
