import { describe, expect, test } from "vitest";
import { ControlLines } from "../../../src/core/outbound/control-lines.ts";
import { thrown } from "../../support/failure.ts";

describe("the control lines of subjects", () => {
  test("are refused for wildcards, unless these are meant as letters", () => {
    const lines = new ControlLines();
    expect(thrown(() => lines.of("orders.>")).code).toBe("INVALID_SUBJECT");
    lines.admit("orders.>");
    expect(lines.of("orders.>").subject).toBe("orders.>");
    expect(thrown(() => lines.of("orders.*")).code).toBe("INVALID_SUBJECT");
  });

  test("are refused for what no subject can be", () => {
    const lines = new ControlLines();
    for (const subject of ["", "a..b", "a b", "a.>.b", "a\r\nPUB b 0"]) {
      expect(thrown(() => lines.admit(subject)).code, subject).toBe("INVALID_SUBJECT");
    }
  });
});
