import { expect, it } from "vitest";
import { Inquiry } from "../../../../src/jetstream/consume/engine/inquiry.ts";

/** Asks, and gets the same answer again and again; the pauses before each question but the first. */
function pauses(answer: {
  readonly found: false;
  readonly failed: true;
  readonly isCut?: boolean;
}): number[] {
  const inquiry = new Inquiry({ consumer: "recreate", stream: "wait" }, () => 1);
  let at = 0;
  inquiry.raise("recreate", "cut", at);
  return Array.from({ length: 8 }, () => {
    const asked = inquiry.ask();
    expect(inquiry.answer((asked as { readonly check: number }).check, answer, at)).toMatchObject({
      next: "wait",
    });
    const pause = inquiry.askAt - at;
    at = inquiry.askAt;
    return pause;
  });
}

it("[JS-PULL-11] a question that fails is asked again after pauses that grow", () => {
  expect(pauses({ found: false, failed: true })).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

it("[JS-PULL-11] a question whose link was lost before the answer came is asked again soon, however often", () => {
  expect(new Set(pauses({ found: false, failed: true, isCut: true }))).toEqual(new Set([250]));
});
