import { covers } from "../jetstream/config/subjects.ts";
import type { StreamConfig } from "../jetstream/config/stream-config.ts";
import { subjectsOf } from "./keys.ts";

// KV-03, KV-04
/** Whether a stream holds the bucket that its name says: it keeps some revisions of each key, and takes the subjects of the keys. */
export function isBucket(bucket: string, { maxMsgsPerSubject = Infinity, ...stream }: StreamConfig): boolean {
  if (!Number.isFinite(maxMsgsPerSubject) || maxMsgsPerSubject < 1) return false;
  const { mirror, sources = [], subjects = [] } = stream as StreamConfig;
  if (mirror !== undefined || (subjects.length === 0 && sources.length > 0)) return true;
  return subjects.some((subject) => covers(subject, `${subjectsOf(bucket)}>`));
}
