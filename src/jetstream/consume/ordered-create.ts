import { isNatsError, toError } from "../../core/errors.ts";
import type { CreateResult, DeliverPolicy, OrderedEffect } from "./engine/ordered-engine-types.ts";
import type { OrderedReader } from "./ordered-reader.ts";
import { failedBy, resultOf } from "./consumer-check.ts";

type Create = Extract<OrderedEffect, { readonly type: "create" }>;

/** What a new consumer needs to know of its stream. */
interface StreamFacts {
  /** In milliseconds of the server's clock. */
  readonly madeAt: number;
  readonly keepsOneOfEach: boolean;
  /** Its last sequence; undefined of several replicas, for a new leader may not have come there yet. */
  readonly lastSeq: number | undefined;
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
    const { deliverPolicy, isOtherStream, isResumed, isLookedUp } = beginningOf(effect, facts);
    if (isOtherStream && endsWithStream) return { found: false, missing: "stream" };
    const superseded = isLookedUp ? await host.superseded(deliverPolicy) : undefined;
    // It was told to stop meanwhile, or another one is.
    if (!host.isWanted()) return { found: false, failed: true };
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
    return failedCreate(thrown);
  }
}

function failedCreate(thrown: unknown): CreateResult {
  // A name that is taken: the next try has another one.
  const isTaken = isNatsError(thrown, "CONSUMER_EXISTS");
  const result = resultOf(thrown);
  const isPassing = isTaken || ("missing" in result && result.missing === "consumer");
  return isPassing ? failedBy(toError(thrown)) : (result as CreateResult);
}

/** Where the next consumer begins. */
interface Begin {
  readonly deliverPolicy: DeliverPolicy;
  readonly isOtherStream: boolean;
  readonly isResumed: boolean;
  /** What has a successor from there on is to be looked up. */
  readonly isLookedUp: boolean;
}

function beginningOf(create: Create, facts: StreamFacts | undefined): Begin {
  const { deliverPolicy, elsewhere, behind, isStuck } = create;
  const begin = { deliverPolicy, isOtherStream: false, isResumed: false, isLookedUp: false };
  if (facts === undefined) return begin;
  if (elsewhere !== undefined && isAnother(facts, elsewhere))
    return { ...begin, deliverPolicy: elsewhere.deliverPolicy, isOtherStream: true };
  if (behind === undefined) return begin;
  if (facts.keepsOneOfEach) return { ...begin, deliverPolicy: behind, isResumed: true };
  return isStuck ? { ...begin, deliverPolicy: behind, isLookedUp: true } : begin;
}

/**
 * Whether it was made anew, or has lost messages that were read: in a cluster a stream in memory outlives its server, and its
 * messages don't. Either way it is read from its first message on.
 */
function isAnother(
  { madeAt, lastSeq = Infinity }: StreamFacts,
  { after, reached }: NonNullable<Create["elsewhere"]>,
): boolean {
  return madeAt > after || lastSeq < reached;
}

interface WireFacts {
  readonly created?: unknown;
  readonly config?: { readonly max_msgs_per_subject?: unknown; readonly num_replicas?: unknown };
  readonly state?: { readonly last_seq?: unknown };
}

async function factsOf({ api }: OrderedReader["context"], stream: string): Promise<StreamFacts> {
  const answer = await api.request({ subject: `STREAM.INFO.${stream}`, stream });
  const { created, config = {}, state = {} } = answer as WireFacts;
  const isAlone = config.num_replicas === 1;
  return {
    madeAt: Date.parse(String(created)),
    keepsOneOfEach: config.max_msgs_per_subject === 1,
    lastSeq: isAlone && typeof state.last_seq === "number" ? state.last_seq : undefined,
  };
}
