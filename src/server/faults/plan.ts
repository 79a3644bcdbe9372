import {
  aBoolean,
  type Check,
  type Checks,
  checkOptions,
  closest,
  count,
  invalidOption,
  milliseconds,
  oneOf,
} from "../../core/checks.ts";
import type { DisconnectHow } from "./injector.ts";
import { WINDOW } from "./link-faults.ts";
import { anOnly, type Only } from "./only.ts";

/** A direction of a connection, as the server sees it: what it reads comes from the client. */
export type FaultDirection = "reading" | "writing" | "both";

/** When a step of a plan happens, and how likely. */
export interface FaultTiming {
  /** Milliseconds after the step before it. @default 0 */
  readonly after?: number;
  /** The probability that the step happens, from 0 to 1. @default 1 */
  readonly chance?: number;
}

/** Which connections a step hits. */
export interface FaultTargets {
  /** A name, an id or a function; without it, all. */
  readonly only?: Only;
  /** All of these connections, or a random one. @default "all" */
  readonly pick?: "one" | "all";
}

/** How long a lasting fault lasts. */
export interface FaultDuration {
  /** Milliseconds; without it the fault lasts until {@link Faults.clear}. Later steps don't wait for its end. */
  readonly for?: number;
}

/** A step of a plan: a fault under the name of its method, with that method's options. */
export type FaultStep = FaultTiming &
  (
    | ({ readonly fault: "refuse" } & FaultDuration)
    | { readonly fault: "accept" }
    | ({ readonly fault: "disconnect"; readonly how?: DisconnectHow } & FaultTargets)
    | ({ readonly fault: "stall"; readonly direction?: FaultDirection } & FaultTargets & FaultDuration)
    | ({
        readonly fault: "delay";
        readonly milliseconds: number;
        readonly direction?: FaultDirection;
      } & FaultTargets &
        FaultDuration)
    | ({ readonly fault: "split"; readonly size: number } & FaultTargets & FaultDuration)
    | ({ readonly fault: "merge"; readonly milliseconds: number } & FaultTargets & FaultDuration)
    | ({ readonly fault: "garbage"; readonly size: number } & FaultTargets)
    | ({
        readonly fault: "dropReplies";
        readonly count?: number;
        readonly fraction?: number;
      } & FaultTargets &
        FaultDuration)
    | ({ readonly fault: "expireCredentials" } & FaultTargets)
    | { readonly fault: "lameDuck" }
    | { readonly fault: "restart"; readonly keepState?: boolean; readonly downtime?: number }
    | { readonly fault: "clear" }
  );

/** The names of faults, as a plan has them. */
export type FaultName = FaultStep["fault"];

export const aDirection: Check<FaultDirection> = oneOf("reading", "writing", "both");
export const aHow: Check<DisconnectHow> = oneOf("clean", "reset", "mid-frame");

/** From 0 to 1. */
export const aFraction: Check<number> = (name, value) => {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw invalidOption(name, `it must be a number from 0 to 1, not ${String(value)}`);
};

/** Bytes that are made up at once. */
export const aGarbageSize: Check<number> = (name, value) => {
  const size = count(name, value);
  if (size <= WINDOW) return size;
  throw invalidOption(name, `it must be at most ${WINDOW} bytes, not ${size}`);
};

const TIMING = {
  fault: (_name: string, value: unknown) => value as never,
  after: milliseconds,
  chance: aFraction,
};
const TARGETS = { only: anOnly, pick: oneOf("one", "all") };
const DURATION = { for: milliseconds };

const STEPS: { readonly [F in FaultName]: Checks<Extract<FaultStep, { fault: F }>> } = {
  refuse: { ...TIMING, ...DURATION },
  accept: TIMING,
  disconnect: { ...TIMING, ...TARGETS, how: aHow },
  stall: { ...TIMING, ...TARGETS, ...DURATION, direction: aDirection },
  delay: { ...TIMING, ...TARGETS, ...DURATION, direction: aDirection, milliseconds },
  split: { ...TIMING, ...TARGETS, ...DURATION, size: count },
  merge: { ...TIMING, ...TARGETS, ...DURATION, milliseconds },
  garbage: { ...TIMING, ...TARGETS, size: aGarbageSize },
  dropReplies: { ...TIMING, ...TARGETS, ...DURATION, count, fraction: aFraction },
  expireCredentials: { ...TIMING, ...TARGETS },
  lameDuck: TIMING,
  restart: { ...TIMING, keepState: aBoolean, downtime: milliseconds },
  clear: TIMING,
};

const REQUIRED: Partial<Record<FaultName, string>> = {
  delay: "milliseconds",
  split: "size",
  merge: "milliseconds",
  garbage: "size",
};

/** A checked copy of the steps. Throws `INVALID_OPTION` naming the step and what is wrong with it. */
export function checkSteps(steps: readonly FaultStep[]): FaultStep[] {
  if (!Array.isArray(steps)) throw invalidOption("steps", "it must be a list");
  return steps.map((step: FaultStep, i) => checkStep(step, `steps[${i}]`));
}

function checkStep(step: FaultStep, called: string): FaultStep {
  const given = (step as FaultStep | null | undefined)?.fault;
  const fault = String(given) as FaultName;
  if (!Object.hasOwn(STEPS, fault)) {
    const known = Object.keys(STEPS);
    const meant = closest(fault, known);
    const hint = meant === undefined ? `the faults are ${known.join(", ")}` : `did you mean "${meant}"?`;
    throw invalidOption(`${called}.fault`, `there is no fault "${fault}": ${hint}`);
  }
  const checked = checkOptions<FaultStep>(step, STEPS[fault], called);
  const required = REQUIRED[fault];
  if (required !== undefined && !Object.hasOwn(checked, required)) {
    throw invalidOption(`${called}.${required}`, `"${fault}" needs it`);
  }
  return checked;
}
