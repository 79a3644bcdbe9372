import { describe, expect, it } from "vitest";
import { LetterSubjects } from "../../../../src/jetstream/dead-letters/letter-subjects.ts";

const subjects = new LetterSubjects("DLQ_ORDERS", "ORDERS");
const dead = { consumer: "shipping", seq: 17 };

describe("the subjects of dead letters", () => {
  it("[JS-ADV-02] have the consumer, the sequence and the subject in them", () => {
    expect(subjects.of(dead, "orders.new")).toBe("DLQ_ORDERS.ORDERS.shipping.17.message.orders.new");
    expect(subjects.of(dead, undefined)).toBe("DLQ_ORDERS.ORDERS.shipping.17.gone");
    expect(subjects.allOf(dead)).toBe("DLQ_ORDERS.ORDERS.shipping.17.>");
  });

  it("[JS-ADV-02] are matched by what a filter names", () => {
    const letter = subjects.of(dead, "orders.new.eu");
    const gone = subjects.of(dead, undefined);
    expect(subjects.isNamed(letter, {})).toBe(true);
    expect(subjects.isNamed(gone, {})).toBe(true);
    expect(subjects.isNamed(letter, { subject: "orders.*.eu", consumer: "shipping" })).toBe(true);
    expect(subjects.isNamed(letter, { subject: "orders.>" })).toBe(true);
    expect(subjects.isNamed(letter, { subject: "orders.*" })).toBe(false);
    expect(subjects.isNamed(letter, { consumer: "billing" })).toBe(false);
    expect(subjects.isNamed(gone, { consumer: "shipping" })).toBe(true);
    expect(subjects.isNamed(gone, { subject: ">" })).toBe(false);
  });
});
