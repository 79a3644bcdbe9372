import { someHeaders } from "../../core/call-options.ts";
import {
  type Check,
  checkOptions,
  type Checks,
  invalidOption,
  oneOf,
  wholeNumber,
  wrongValue,
} from "../../core/checks.ts";
import type { MessageHeaders } from "../../core/protocol/headers.ts";
import type { Schema } from "../../core/values/schema.ts";
import { aSchema } from "../../core/values/values.ts";
import { aFilter, aSubject } from "../config/subjects.ts";
import { aHeaderText } from "./check-header-text.ts";
import { aSchedule } from "./check-schedule.ts";
import { aTtl } from "./check-ttl.ts";
import type { Expectations, MessageOptions } from "./message-options.ts";

/** {@link MessageOptions} as every call takes them: with the schema of a value. */
export interface GivenMessageOptions extends MessageOptions {
  readonly schema?: Schema;
}

/** The same, checked. */
export interface CheckedMessageOptions extends Omit<GivenMessageOptions, "headers"> {
  readonly headers?: MessageHeaders;
}

/** The number of a message in a stream; 0 stands for none. */
const aSequence = wholeNumber;

interface FilteredSequence {
  readonly filter: string;
  readonly sequence: number;
}

const FILTERED: Checks<FilteredSequence> = { filter: aFilter, sequence: aSequence };

const aSubjectSequence: Check<number | FilteredSequence> = (name, value) => {
  if (typeof value === "number") return aSequence(name, value);
  const checked = checkOptions(value as FilteredSequence, FILTERED, name);
  for (const part of ["filter", "sequence"] as const) {
    if (checked[part] === undefined) throw invalidOption(`${name}.${part}`, "it is missing");
  }
  return checked;
};

const EXPECTATIONS: Checks<Expectations> = {
  stream: aHeaderText,
  lastSequence: aSequence,
  lastSubjectSequence: aSubjectSequence,
  lastMsgId: aHeaderText,
};

const FORMER_EXPECTATIONS = {
  streamName: '"stream"',
  lastMsgID: '"lastMsgId"',
  lastSubjectSequenceSubject: "lastSubjectSequence: { filter, sequence }",
  lastSubjectSequenceValue: "lastSubjectSequence: { filter, sequence }",
};

const someExpectations: Check<Expectations> = (name, value) =>
  checkOptions(value as Expectations, EXPECTATIONS, name, FORMER_EXPECTATIONS);

const anIncrement: Check<bigint | number> = (name, value) => {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return value as bigint | number;
  throw wrongValue(name, "a whole number, or a bigint", value);
};

/** The checks of what can go with a message; calls add their own. */
export const MESSAGE_CHECKS: Checks<GivenMessageOptions> = {
  headers: someHeaders,
  msgId: aHeaderText,
  expect: someExpectations,
  ttl: aTtl,
  rollup: oneOf("subject", "all"),
  schedule: aSchedule,
  cancelSchedule: aSubject,
  increment: anIncrement,
  schema: aSchema,
};

/** What nats.js calls these, and what is part of another one. */
export const FORMER_MESSAGE_OPTIONS = {
  msgID: '"msgId"',
  retry_delay: '"retryDelay"',
  ackWait: '"timeout"',
  lastSequence: '"expect.lastSequence"',
  lastSubjectSequence: '"expect.lastSubjectSequence"',
  lastMsgId: '"expect.lastMsgId"',
  stream: '"expect.stream"',
};

export function checkMessageOptions(given: GivenMessageOptions): CheckedMessageOptions {
  return checkOptions(given, MESSAGE_CHECKS, undefined, FORMER_MESSAGE_OPTIONS) as CheckedMessageOptions;
}

/** The id of options that have nothing else, as most have that come by the thousands: no copy is made of them. */
export function onlyMsgId(options: GivenMessageOptions): string | undefined {
  if (typeof options !== "object" || options === null) return undefined;
  for (const name in options) if (name !== "msgId") return undefined;
  const { msgId } = options;
  return msgId === undefined ? undefined : aHeaderText("msgId", msgId);
}
