import type { LinkFaults } from "./link-faults.ts";
import type { FaultDirection, FaultStep } from "./plan.ts";

/** What a fault of links changes. */
export function linkChange(
  step: Extract<FaultStep, { readonly fault: "stall" | "delay" | "split" | "merge" }>,
): Partial<LinkFaults> {
  switch (step.fault) {
    case "stall":
      return inDirection(step.direction, { stallsReading: true }, { stallsWriting: true });
    case "delay": {
      const { milliseconds } = step;
      return inDirection(step.direction, { readingDelay: milliseconds }, { writingDelay: milliseconds });
    }
    case "split":
      return { split: step.size };
    case "merge":
      return { merge: step.milliseconds };
  }
}

function inDirection(
  direction: FaultDirection = "both",
  reading: Partial<LinkFaults>,
  writing: Partial<LinkFaults>,
): Partial<LinkFaults> {
  return { ...(direction === "writing" ? {} : reading), ...(direction === "reading" ? {} : writing) };
}
