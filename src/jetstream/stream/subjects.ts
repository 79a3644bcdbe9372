import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Api, ApiAnswer } from "../api/api.ts";
import { aFilter } from "../config/subjects.ts";

/** A subject, and how many messages of it a stream has. */
export type SubjectCount = readonly [subject: string, messages: number];

// JS-STR-05
/** The subjects of a stream, 100,000 a request. */
export function listSubjects(
  api: Api,
  stream: string,
  filter: string,
  options: WaitOptions,
): AsyncSequence<SubjectCount> {
  const body = { subjects_filter: aFilter("filter", filter) };
  return api.pages({ subject: `STREAM.INFO.${stream}`, body, stream, options }, subjectsIn);
}

// "state": { …, "subjects": { "orders.new": 3 } }
function subjectsIn(page: ApiAnswer): readonly SubjectCount[] {
  const { subjects } = (page["state"] ?? {}) as {
    readonly subjects?: Readonly<Record<string, number>> | null;
  };
  return Object.entries(subjects ?? {});
}
