import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { StreamConfig } from "../config/stream-config.ts";
import { collide } from "../config/subjects.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import { KnownStream } from "../stream/known-stream.ts";

/**
 * Reports filters that match none of the stream's subjects, by an `error` event of the connection: the server takes them in
 * silence. They are no failure, for the stream may take more subjects one day. It asks only if the consumer has nothing to
 * deliver. Never rejects: a client that may make a consumer need not be allowed to ask for the stream.
 */
export async function tellOutsideFilters(
  context: Context,
  { stream, name, config, numPending, delivered }: ConsumerInfo,
  limits: WaitOptions,
): Promise<void> {
  const { filterSubjects = [] } = config;
  if (filterSubjects.length === 0 || numPending > 0 || delivered.consumerSeq > 0) return;
  try {
    const { config: asked } = await new KnownStream(context, stream).ask(limits);
    const outside = outsideOf(asked, filterSubjects);
    if (outside.length === 0) return;
    const text = `none of the subjects of the stream "${stream}" matches ${outside.join(", ")}: the consumer "${name}" gets nothing by it`;
    const facts = { argument: "filterSubjects", stream, consumer: name };
    context.connection.foundation.report(new JetStreamError("INVALID_CONFIG", text, facts));
  } catch {
    // The consumer is there, and that is what was asked for.
  }
}

/** The filters that match none of the subjects; none if the stream also copies others, or transforms subjects. */
function outsideOf(
  { subjects = [], mirror, sources = [], subjectTransform }: StreamConfig,
  filters: readonly string[],
): readonly string[] {
  if (mirror !== undefined || sources.length > 0 || subjectTransform !== undefined) return [];
  const outside = filters.filter((filter) => !subjects.some((subject) => collide(subject, filter)));
  return outside.map((filter) => `"${filter}"`);
}
