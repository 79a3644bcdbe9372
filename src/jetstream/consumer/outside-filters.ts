import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { StreamConfig } from "../config/stream-config.ts";
import { collide } from "../config/subjects.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import { KnownStream } from "../stream/known-stream.ts";

/**
 * Tells, by an `error` event of the connection, of filters that match nothing that the stream takes: the server takes them without a
 * word. It is no failure, for the stream may take more one day. The stream is asked only about a consumer that has nothing to
 * deliver. Never rejects: who may make a consumer need not be allowed to ask.
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

/** The filters that match nothing. What a stream gets from others, or makes of a subject, is not known by its subjects. */
function outsideOf(
  { subjects = [], mirror, sources = [], subjectTransform }: StreamConfig,
  filters: readonly string[],
): readonly string[] {
  if (mirror !== undefined || sources.length > 0 || subjectTransform !== undefined) return [];
  const outside = filters.filter((filter) => !subjects.some((subject) => collide(subject, filter)));
  return outside.map((filter) => `"${filter}"`);
}
