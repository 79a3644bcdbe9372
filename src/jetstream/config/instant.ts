import { shown } from "../../core/checks.ts";
import { invalidConfig } from "./invalid-config.ts";
import type { Kind } from "./kind.ts";

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
/** The zero time of Go says that there is none. */
const YEAR_ONE = -62_135_596_800_000;

/** Where a Date that was read keeps its text, if that is finer than milliseconds: a server takes a rounded one for a change. */
const exactText = Symbol("natspeed.exact-time");

interface ExactDate extends Date {
  [exactText]?: { readonly millis: number; readonly text: string };
}

/** A Date, which travels as RFC 3339. What was read is written as exactly as it came. */
export const instant: Kind<Date> = {
  unit: "a Date",
  write(value, at) {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
      throw invalidConfig(at, `it must be a valid Date, not ${shown(value)}`);
    }
    const exact = (value as ExactDate)[exactText];
    return exact?.millis === value.getTime() ? exact.text : value.toISOString();
  },
  read(json, at) {
    const [text, seconds, fraction = "", zone] = (typeof json === "string" ? RFC3339.exec(json) : null) ?? [];
    const date: ExactDate = new Date(`${seconds}.${fraction.slice(0, 3).padEnd(3, "0")}${zone}`);
    const millis = date.getTime();
    if (text === undefined || Number.isNaN(millis)) {
      throw invalidConfig(at, `it must be a time as RFC 3339 has it, not ${shown(json)}`);
    }
    if (millis === YEAR_ONE) return undefined;
    if (/[1-9]/.test(fraction.slice(3))) Object.defineProperty(date, exactText, { value: { millis, text } });
    return date;
  },
};
