import { describe, expect, test } from "vitest";
import { MoveProgress } from "../../../src/core/move/move-phase.ts";

describe("a move", () => {
  test("goes through its phases in order, and may be over after each", () => {
    const phases = ["dialling", "joining", "catching-up", "ending"] as const;
    for (let count = 1; count <= phases.length; count++) {
      const progress = new MoveProgress();
      for (const phase of phases.slice(0, count)) progress.enter(phase);
      progress.enter("none");
      expect(progress.current).toBe("none");
    }
  });

  test("leaves no phase out", () => {
    const progress = new MoveProgress();
    expect(() => progress.enter("ending")).toThrow("illegal step");
    progress.enter("dialling");
    expect(() => progress.enter("catching-up")).toThrow("illegal step");
  });
});
