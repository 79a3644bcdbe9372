import { invalidOption } from "../../core/checks.ts";
import { headers, MessageHeaders } from "../../core/protocol/headers.ts";
import { checkTargets } from "./check-schedule.ts";
import { ttlText } from "./check-ttl.ts";
import type { CheckedMessageOptions } from "./check-message-options.ts";
import type { Expectations, Schedule } from "./message-options.ts";

export const MSG_ID = "Nats-Msg-Id";

/** A header that an option stands for. */
type OwnHeader = readonly [option: string, name: string, value: string];

/**
 * The headers of a message to `subject`: those given by hand, and what the options stand for. Throws `INVALID_OPTION` for
 * options that exclude each other, and for a header by hand that says something else than its option.
 */
export function messageHeaders(subject: string, options: CheckedMessageOptions): MessageHeaders | undefined {
  const own = ownHeaders(subject, options);
  const given = options.headers;
  if (own.length === 0) return given;
  const all = headers(given);
  for (const [option, name, value] of own) {
    if (given !== undefined) checkAgreement(given, option, name, value);
    all.set(name, value);
  }
  return all;
}

/** Whether the message has an id, by an option or a header, so that the stream knows it when it comes again. */
export function hasMsgId({ msgId, headers: given }: CheckedMessageOptions): boolean {
  if (msgId !== undefined) return true;
  return given !== undefined && MessageHeaders.valuesOf(given).has(MSG_ID);
}

/** Throws if a header that was written by hand says something else than its option: neither may win in silence. */
function checkAgreement(given: MessageHeaders, option: string, name: string, value: string): void {
  const values = given.getAll(name);
  if (values.length === 0 || (values.length === 1 && values[0] === value)) return;
  throw invalidOption(
    "headers",
    `"${name}" is what the option ${option} sets, to another value: leave one of them out`,
  );
}

function ownHeaders(subject: string, options: CheckedMessageOptions): OwnHeader[] {
  const { msgId, expect, ttl, rollup, schedule, cancelSchedule, increment } = options;
  const own: OwnHeader[] = [];
  if (msgId !== undefined) own.push(["msgId", MSG_ID, msgId]);
  if (expect !== undefined) addExpectations(own, expect);
  if (ttl !== undefined) own.push(["ttl", "Nats-TTL", ttlText(ttl)]);
  if (rollup !== undefined) own.push(["rollup", "Nats-Rollup", rollup === "subject" ? "sub" : "all"]);
  if (schedule !== undefined) {
    checkTargets(subject, schedule);
    // JS-PUBERR-30
    if (rollup === "all") throw invalidOption("rollup", 'of a schedule it can only be "subject"');
    if (cancelSchedule !== undefined) throw invalidOption("cancelSchedule", "it can't come with a schedule");
    addSchedule(own, schedule);
  }
  if (cancelSchedule !== undefined) addCancel(own, subject, cancelSchedule);
  if (increment !== undefined) addIncrement(own, options, increment);
  return own;
}

function addExpectations(own: OwnHeader[], expect: Expectations): void {
  const { stream, lastSequence, lastSubjectSequence, lastMsgId } = expect;
  if (stream !== undefined) own.push(["expect.stream", "Nats-Expected-Stream", stream]);
  if (lastSequence !== undefined) {
    own.push(["expect.lastSequence", "Nats-Expected-Last-Sequence", String(lastSequence)]);
  }
  if (lastSubjectSequence !== undefined) {
    const option = "expect.lastSubjectSequence";
    const isPlain = typeof lastSubjectSequence === "number";
    const sequence = isPlain ? lastSubjectSequence : lastSubjectSequence.sequence;
    own.push([option, "Nats-Expected-Last-Subject-Sequence", String(sequence)]);
    // JS-PUB-08
    if (!isPlain)
      own.push([option, "Nats-Expected-Last-Subject-Sequence-Subject", lastSubjectSequence.filter]);
  }
  if (lastMsgId !== undefined) own.push(["expect.lastMsgId", "Nats-Expected-Last-Msg-Id", lastMsgId]);
}

// JS-SCHED-01..09
function addSchedule(own: OwnHeader[], schedule: Schedule): void {
  const { target, source, ttl, rollup, timeZone } = schedule;
  own.push(["schedule", "Nats-Schedule", timeText(schedule)]);
  own.push(["schedule.target", "Nats-Schedule-Target", target]);
  if (timeZone !== undefined) own.push(["schedule.timeZone", "Nats-Schedule-Time-Zone", timeZone]);
  if (source !== undefined) own.push(["schedule.source", "Nats-Schedule-Source", source]);
  if (ttl !== undefined) own.push(["schedule.ttl", "Nats-Schedule-TTL", ttlText(ttl)]);
  if (rollup !== undefined) own.push(["schedule.rollup", "Nats-Schedule-Rollup", "sub"]);
}

function timeText({ at, every, cron }: Schedule): string {
  if (at !== undefined) return `@at ${at.toISOString()}`;
  return every === undefined ? cron : `@every ${every}ms`;
}

// JS-SCHED-11
function addCancel(own: OwnHeader[], subject: string, schedule: string): void {
  if (schedule === subject) {
    throw invalidOption("cancelSchedule", "a schedule ends by a message to another subject, not to its own");
  }
  own.push(["cancelSchedule", "Nats-Scheduler", schedule], ["cancelSchedule", "Nats-Schedule-Next", "purge"]);
}

// JS-CTR-01
function addIncrement(own: OwnHeader[], options: CheckedMessageOptions, increment: bigint | number): void {
  for (const other of ["rollup", "expect", "schedule"] as const) {
    if (options[other] !== undefined) throw invalidOption(other, "it can't come with an increment");
  }
  own.push(["increment", "Nats-Incr", increment < 0 ? String(increment) : `+${increment}`]);
}
