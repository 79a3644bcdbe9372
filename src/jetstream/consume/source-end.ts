import type { PullEnd } from "./engine/pull-engine-types.ts";
import { pullError } from "./pull-failure.ts";
import type { SourceEnd } from "./source.ts";

/** How an engine's end is told. `hasAllCome`: nothing is known to be on its way. */
export function sourceEnd(
  end: PullEnd,
  consumer: { readonly stream: string; readonly name: string },
  hasAllCome: boolean,
): SourceEnd {
  switch (end.reason) {
    case "failed":
      return { reason: "failed", error: pullError(consumer, end.failure) };
    case "drained":
      return { reason: "drained", isIncomplete: !hasAllCome };
    case "stopped":
      return { reason: "stopped" };
    case "enough":
    case "expired":
    case "dry":
      return { reason: "enough" };
  }
}
