import type { JetStreamError } from "../errors.ts";

/** What helps against a refusal that the server's words alone don't explain, by `err_code`. */
const HINTS: Readonly<Record<number, string>> = {
  10070: "expect.lastMsgId is not the id of the stream's last message",
  10071: "that is the last one there, and not what expect says",
  10111: "the stream needs allowRollup, and not denyPurge",
  10120: "the account has no limits for streams of this number of replicas",
  10158: "the same msgId is being stored just now: once that is done, this is a duplicate",
  10166: "the stream needs allowMsgTtl",
  10168: "the stream needs allowMsgCounter",
  10169: "the stream counts: publish with the option increment, and without a payload",
  10171: "an increment comes without a rollup and without expectations",
  10174: "the stream needs allowAtomic",
  10188: "the stream needs allowMsgSchedules",
  10190: "the target must be a subject of the schedule's own stream, and another one than the schedule's",
  10191: "the stream needs allowMsgTtl, and a ttl of at least a second",
  10192: 'a schedule can only have the rollup "subject"',
  10203:
    "the source must be a subject of the schedule's own stream, and neither its target nor the schedule's subject",
  10205: "the stream needs allowBatched",
  10212: "cancelSchedule must name a schedule",
};

/** The error, which nobody has seen yet, with what helps in its text. */
export function explained(error: JetStreamError): JetStreamError {
  const hint = error.errCode === undefined ? undefined : HINTS[error.errCode];
  if (hint === undefined) return error;
  return Object.assign(error, { message: `${error.message}: ${hint}` });
}
