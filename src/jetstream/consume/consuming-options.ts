import type { Connection } from "../../core/connection/connection.ts";
import type { WaitOptions } from "../../core/waiter.ts";

/** What a drain may be told beside its limits. */
export interface DrainConsumingOptions extends WaitOptions {
  /** What the caller has in hand: the drain does not wait for it, and counts it as handled. */
  readonly handling?: object | readonly object[];
}

/** Where what is consumed comes from, for who looks at it. */
export interface Origin {
  readonly stream: string;
  readonly consumer?: string;
  readonly filterSubjects?: readonly string[];
}

/** What messages are handed out with. */
export interface ConsumingOptions {
  readonly connection: Connection;
  readonly origin: Origin;
  /** What waits for longer than its deadline allows: dropped, or extended from half of it on. */
  readonly onStale: "drop" | "extend";
  readonly signal: AbortSignal | undefined;
}

export function originOf({ stream, name }: { readonly stream: string; readonly name: string }): Origin {
  return { stream, consumer: name };
}
