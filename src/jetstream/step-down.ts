import {
  aSignal,
  aString,
  type Check,
  checkOptions,
  type Checks,
  milliseconds,
  wrongValue,
} from "../core/checks.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { Placement } from "./config/stream-config.ts";

/** Options of a step-down: who shall lead next. */
export interface StepDownOptions extends WaitOptions {
  /** A server by its name (`preferred`), or any of a cluster or with tags. @default any server */
  readonly to?: Omit<Placement, "unknown"> & { readonly preferred?: string };
}

const someTags: Check<readonly string[]> = (name, value) => {
  if (Array.isArray(value) && value.every((tag) => typeof tag === "string")) return [...value];
  throw wrongValue(name, "a list of strings", value);
};

type To = NonNullable<StepDownOptions["to"]>;

const TO: Checks<To> = { cluster: aString, tags: someTags, preferred: aString };

const STEP_DOWN: Checks<StepDownOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  to: (name, value) => checkOptions(value as To, TO, name),
};

// { "placement": { "cluster": …, "tags": […], "preferred": … } }
/** What asks a leader to hand over: no body where any server will do. Throws `INVALID_OPTION`. */
export function resolveStepDown(options: StepDownOptions): {
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly limits: WaitOptions;
} {
  const { to, ...limits } = checkOptions(options, STEP_DOWN);
  const body = to === undefined || Object.keys(to).length === 0 ? undefined : { placement: to };
  return { body, limits };
}
