import { beforeEach, describe, expect, it } from "vitest";
import { Invariants } from "../invariants.ts";
import { Ledger } from "./ledger.ts";

describe("the ledger of messages", () => {
  let told: string[];
  let ledger: Ledger;
  beforeEach(() => {
    told = [];
    ledger = new Ledger(new Invariants((line) => told.push(line)), 1000);
  });

  it("takes for granted that a message comes again which was on its way when its ack was confirmed", () => {
    const [first, second] = [ledger.next(), ledger.next()];
    ledger.onDelivered(first, 1);
    ledger.onConfirmed(first);
    ledger.onDelivered(second, 3);
    ledger.onDelivered(first, 4);
    const third = ledger.next();
    ledger.onDelivered(third, 5);
    ledger.onDelivered(first, 2);
    expect(told).toEqual([]);
    expect(ledger).toMatchObject({ redelivered: 2, late: 2 });
  });

  it("tells of a message that was sent again after its ack was confirmed", () => {
    const first = ledger.next();
    ledger.onDelivered(first, 1);
    ledger.onConfirmed(first);
    ledger.onDelivered(ledger.next(), 2);
    ledger.onDelivered(first, 3);
    expect(told).toEqual(["BROKEN handled once: message 1 was sent again after its ack was confirmed"]);
  });

  it("tells of a delivery that was handled twice", () => {
    const number = ledger.next();
    ledger.onDelivered(number, 7);
    ledger.onDelivered(number, 8);
    expect(told).toEqual([]);
    ledger.onDelivered(number, 8);
    expect(told).toEqual(["BROKEN handled once: delivery 8 of message 1 was handled twice"]);
  });
});
