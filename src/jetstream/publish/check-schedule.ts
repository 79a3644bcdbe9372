import {
  aDate,
  type Check,
  checkOptions,
  type Checks,
  invalidOption,
  oneOf,
  shown,
  wrongValue,
} from "../../core/checks.ts";
import { aSubject } from "../config/subjects.ts";
import { aTtl } from "./check-ttl.ts";
import type { Schedule } from "./message-options.ts";

/** All fields of a schedule, also such as exclude each other. */
interface AnySchedule {
  readonly at?: Date;
  readonly every?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly target?: string;
  readonly source?: string;
  readonly ttl?: number | "never";
  readonly rollup?: "subject";
}

/** Years that RFC 3339 can name. */
const LAST_YEAR = 9999;

const aTime: Check<Date> = (name, value) => {
  const date = aDate(name, value);
  const year = date.getUTCFullYear();
  if (year >= 0 && year <= LAST_YEAR) return date;
  throw invalidOption(name, `it must be in the years 0 to ${LAST_YEAR}, not in ${year}`);
};

// JS-SCHED-02
const anInterval: Check<number> = (name, value) => {
  if (Number.isSafeInteger(value) && (value as number) >= 1000) return value as number;
  throw wrongValue(name, "whole milliseconds from 1000 on", value);
};

// JS-SCHED-04
const PREDEFINED = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const FIELDS = 6;

// JS-SCHED-03
const aCron: Check<string> = (name, value) => {
  if (typeof value !== "string") throw wrongValue(name, "a string", value);
  if (PREDEFINED.includes(value)) return value;
  if (value.startsWith("@")) {
    const other = /^@(at|every)\b/.exec(value)?.[1];
    const hint =
      other === undefined ? `these there are: ${PREDEFINED.join(", ")}` : `use the option "${other}"`;
    throw invalidOption(name, `not ${shown(value)}: ${hint}`);
  }
  const fields = value.trim().split(/[ \t]+/);
  if (fields.length === FIELDS && !/[\r\n]/.test(value)) return fields.join(" ");
  const hint = fields.length === FIELDS - 1 ? ": the first one is for seconds" : "";
  throw invalidOption(name, `it must have 6 fields, not ${fields.length}${hint}`);
};

const aTimeZone: Check<string> = (name, value) => {
  if (typeof value === "string" && /^[A-Za-z0-9_+\-/]+$/.test(value)) return value;
  throw wrongValue(name, 'a time zone as IANA names it, such as "Europe/Berlin"', value);
};

const SCHEDULE: Checks<AnySchedule> = {
  at: aTime,
  every: anInterval,
  cron: aCron,
  timeZone: aTimeZone,
  target: aSubject,
  source: aSubject,
  ttl: aTtl,
  rollup: oneOf("subject"),
};

const FORMER = {
  specification: '"at", "every" or "cron"',
  predefined: '"cron", as in cron: "@daily"',
  timezone: '"timeZone"',
};

/** When and where a schedule sends; `checkTargets` has the rest, which needs the schedule's own subject. */
export const aSchedule: Check<Schedule> = (name, value) => {
  const checked = checkOptions(value as AnySchedule, SCHEDULE, name, FORMER);
  const times = (["at", "every", "cron"] as const).filter((time) => checked[time] !== undefined);
  if (times.length !== 1) throw invalidOption(name, "it needs one of at, every and cron, and only one");
  // JS-SCHED-05
  if (checked.timeZone !== undefined && checked.cron === undefined) {
    throw invalidOption(`${name}.timeZone`, "it goes with cron only");
  }
  if (checked.target === undefined) throw invalidOption(`${name}.target`, "it is missing");
  return checked as Schedule;
};

// JS-SCHED-06, JS-SCHED-07
/** A schedule on `subject` sends to another one, and takes what it sends from a third. */
export function checkTargets(subject: string, { target, source }: Schedule): void {
  if (target === subject)
    throw invalidOption("schedule.target", "it must not be the subject of the schedule itself");
  if (source === subject)
    throw invalidOption("schedule.source", "it must not be the subject of the schedule itself");
  if (source === target) throw invalidOption("schedule.source", "it must not be the target");
}
