import { expect, it } from "vitest";
import { checkLast } from "../../../src/jetstream/direct/last-pages.ts";
import { checkRange } from "../../../src/jetstream/direct/range.ts";
import { resolveJetStreamOptions } from "../../../src/jetstream/options.ts";
import { checkMessageOptions } from "../../../src/jetstream/publish/check-message-options.ts";
import { resolveIngestOptions } from "../../../src/jetstream/publish/ingest-options.ts";
import { thrown } from "../../support/failure.ts";

/** The calls get what nats.js takes. */
const CALLS: readonly [option: string, hint: string, call: () => unknown][] = [
  ["batch", '"maxMessages"', () => checkRange({ batch: 5 } as never)],
  ["next_by_subj", '"filter"', () => checkRange({ next_by_subj: "a" } as never)],
  ["up_to_seq", '"upTo"', () => checkLast("a", { up_to_seq: 5 } as never)],
  ["ackInterval", '"ackEvery"', () => resolveIngestOptions({ ackInterval: 5 } as never, 1000)],
  ["allowGaps", 'onGap: "continue"', () => resolveIngestOptions({ allowGaps: true } as never, 1000)],
  [
    "expect.lastSubjectSequenceValue",
    "lastSubjectSequence: { filter, sequence }",
    () => checkMessageOptions({ expect: { lastSubjectSequenceValue: 5 } } as never),
  ],
  [
    "schedule.predefined",
    '"cron", as in cron: "@daily"',
    () => checkMessageOptions({ schedule: { target: "a", predefined: "@daily" } } as never),
  ],
  [
    "sendRequiredApiLevel",
    "never needed: what a server is too old for is told as such",
    () => resolveJetStreamOptions({ sendRequiredApiLevel: true } as never),
  ],
];

it.each(CALLS)("of other clients are answered with what they are called here: %s", (option, hint, call) => {
  const error = thrown(call);
  expect(error).toMatchObject({ code: "INVALID_OPTION", argument: option });
  expect(error.message).toBe(`unknown option "${option}": here it is ${hint}`);
});
