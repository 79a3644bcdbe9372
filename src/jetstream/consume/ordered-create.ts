import { isNatsError } from "../../core/errors.ts";
import type { CreateResult, DeliverPolicy, OrderedEffect } from "./engine/ordered-engine-types.ts";
import type { OrderedReader } from "./ordered-reader.ts";
import { resultOf } from "./consumer-check.ts";

type Create = Extract<OrderedEffect, { readonly type: "create" }>;

/** Makes the next consumer of an ordered reader. Never rejects. */
export async function createOrdered(
  { context, series, endsWithStream = false }: OrderedReader,
  { deliverPolicy, elsewhere }: Create,
): Promise<CreateResult> {
  try {
    const isOtherStream = elsewhere !== undefined && (await madeAt(context, series.stream)) > elsewhere.after;
    if (isOtherStream && endsWithStream) return { found: false, missing: "stream" };
    const policy: DeliverPolicy = isOtherStream ? elsewhere.deliverPolicy : deliverPolicy;
    const { delivered, numPending, created } = await series.create(policy);
    return {
      found: true,
      delivered: delivered.streamSeq,
      pending: numPending,
      created: created.getTime(),
      isOtherStream,
    };
  } catch (thrown) {
    // A name that is taken: the next try has another one.
    if (isNatsError(thrown, "CONSUMER_EXISTS")) return { found: false, failed: true };
    const result = resultOf(thrown);
    if (result.found || !("missing" in result)) return result as CreateResult;
    return result.missing === "stream" ? { found: false, missing: "stream" } : { found: false, failed: true };
  }
}

/** When the stream was made, in milliseconds of the server's clock. */
async function madeAt({ api }: OrderedReader["context"], stream: string): Promise<number> {
  const { created } = await api.request({ subject: `STREAM.INFO.${stream}`, stream });
  return Date.parse(String(created));
}
