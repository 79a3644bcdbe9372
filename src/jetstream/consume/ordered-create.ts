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

/** What the making of a consumer needs of its source. */
export interface CreateHost {
  /** Whether it is still to be made. */
  isWanted(): boolean;
  /** Looks up which messages from there on have a successor. */
  superseded(from: DeliverPolicy): Promise<ReadonlySet<number>>;
}

/** Makes the next consumer of an ordered reader. Never rejects. */
export async function createOrdered(
  reader: OrderedReader,
  effect: Create,
  host: CreateHost,
): Promise<CreateResult> {
  const { context, series, endsWithStream = false } = reader;
  const { elsewhere, behind } = effect;
  try {
    const isNoMatter = elsewhere === undefined && behind === undefined;
    const facts = isNoMatter ? undefined : await factsOf(context, series.stream);
    const begin = beginningOf(effect, facts);
    const { isOtherStream, isResumed } = begin;
    if (isOtherStream && endsWithStream) return { found: false, missing: "stream" };
    const isLookedUp = effect.isStuck && behind !== undefined && !isOtherStream && !isResumed;
    const superseded = isLookedUp ? await host.superseded(behind) : undefined;
    // It was told to stop meanwhile, or another one is.
    if (!host.isWanted()) return { found: false, failed: true };
    const deliverPolicy = isLookedUp ? behind : begin.deliverPolicy;
    const { delivered, numPending, created } = await series.create(deliverPolicy);
    return {
      found: true,
      delivered: delivered.streamSeq,
      pending: numPending,
      created: created.getTime(),
      isOtherStream,
      isResumed,
      superseded,
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

function beginningOf({ deliverPolicy, elsewhere, behind }: Create, facts: StreamFacts | undefined): Begin {
  const isResumed = false;
  if (facts === undefined) return { deliverPolicy, isOtherStream: false, isResumed };
  if (elsewhere !== undefined && facts.madeAt > elsewhere.after)
    return { deliverPolicy: elsewhere.deliverPolicy, isOtherStream: true, isResumed };
  if (behind !== undefined && facts.keepsOneOfEach)
    return { deliverPolicy: behind, isOtherStream: false, isResumed: true };
  return { deliverPolicy, isOtherStream: false, isResumed };
}

async function factsOf({ api }: OrderedReader["context"], stream: string): Promise<StreamFacts> {
  const { created, config } = await api.request({ subject: `STREAM.INFO.${stream}`, stream });
  const { max_msgs_per_subject: kept } = (config ?? {}) as { readonly max_msgs_per_subject?: unknown };
  return { madeAt: Date.parse(String(created)), keepsOneOfEach: kept === 1 };
}
