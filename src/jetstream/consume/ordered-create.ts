import { isNatsError } from "../../core/errors.ts";
import type { CreateResult, DeliverPolicy, OrderedEffect } from "./engine/ordered-engine-types.ts";
import type { OrderedReader } from "./ordered-reader.ts";
import { resultOf } from "./consumer-check.ts";

type Create = Extract<OrderedEffect, { readonly type: "create" }>;

/** What a new consumer needs to know of its stream. */
interface StreamFacts {
  /** In milliseconds of the server's clock. */
  readonly madeAt: number;
  readonly keepsOneOfEach: boolean;
}

/** Makes the next consumer of an ordered reader. Never rejects. */
export async function createOrdered(reader: OrderedReader, effect: Create): Promise<CreateResult> {
  const { context, series, endsWithStream = false } = reader;
  const { elsewhere, ofSingles } = effect;
  try {
    const isNoMatter = elsewhere === undefined && ofSingles === undefined;
    const facts = isNoMatter ? undefined : await factsOf(context, series.stream);
    // It was told to stop meanwhile.
    if (!series.progress.isReading) return { found: false, failed: true };
    const begin = beginningOf(effect, facts);
    if (begin.isOtherStream && endsWithStream) return { found: false, missing: "stream" };
    const { delivered, numPending, created } = await series.create(begin.deliverPolicy);
    const { isOtherStream, isResumed } = begin;
    return {
      found: true,
      delivered: delivered.streamSeq,
      pending: numPending,
      created: created.getTime(),
      isOtherStream,
      isResumed,
    };
  } catch (thrown) {
    // A name that is taken: the next try has another one.
    if (isNatsError(thrown, "CONSUMER_EXISTS")) return { found: false, failed: true };
    const result = resultOf(thrown);
    if (result.found || !("missing" in result)) return result as CreateResult;
    return result.missing === "stream" ? { found: false, missing: "stream" } : { found: false, failed: true };
  }
}

/** Where the next consumer begins. */
interface Begin {
  readonly deliverPolicy: DeliverPolicy;
  readonly isOtherStream: boolean;
  readonly isResumed: boolean;
}

function beginningOf({ deliverPolicy, elsewhere, ofSingles }: Create, facts: StreamFacts | undefined): Begin {
  const isResumed = false;
  if (facts === undefined) return { deliverPolicy, isOtherStream: false, isResumed };
  if (elsewhere !== undefined && facts.madeAt > elsewhere.after)
    return { deliverPolicy: elsewhere.deliverPolicy, isOtherStream: true, isResumed };
  if (ofSingles !== undefined && facts.keepsOneOfEach)
    return { deliverPolicy: ofSingles, isOtherStream: false, isResumed: true };
  return { deliverPolicy, isOtherStream: false, isResumed };
}

async function factsOf({ api }: OrderedReader["context"], stream: string): Promise<StreamFacts> {
  const { created, config } = await api.request({ subject: `STREAM.INFO.${stream}`, stream });
  const { max_msgs_per_subject: kept } = (config ?? {}) as { readonly max_msgs_per_subject?: unknown };
  return { madeAt: Date.parse(String(created)), keepsOneOfEach: kept === 1 };
}
