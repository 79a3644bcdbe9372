import type { StreamSource } from "../jetstream/config/stream-config.ts";
import type { StreamInfo } from "../jetstream/config/stream-info.ts";
import type { Context } from "../jetstream/context.ts";
import { OWN_PREFIX } from "../jetstream/api/level.ts";
import { RequestApi } from "../jetstream/api/request-api.ts";
import { KnownStream } from "../jetstream/stream/known-stream.ts";
import { Stream } from "../jetstream/stream/stream.ts";
import type { BucketContext } from "./bucket-context.ts";
import { bucketOf, streamOf, subjectsOf } from "./keys.ts";

/** The context of a bucket; `info` is that of its stream, if the server was asked for it. */
export function openBucket(jetstream: Context, bucket: string, info?: StreamInfo): BucketContext {
  const stream = new Stream(jetstream, new KnownStream(jetstream, streamOf(bucket), info));
  const own = {
    jetstream,
    bucket,
    stream,
    schema: undefined,
    codec: undefined,
    writeListeners: new Set<never>(),
  };
  const mirror = info?.config.mirror;
  if (mirror === undefined) {
    const prefix = subjectsOf(bucket);
    return { ...own, origin: stream, prefix, writePrefix: reached(jetstream.prefix, prefix) };
  }
  return { ...own, ...originOf(jetstream, mirror) };
}

// KV-29
/** A mirror has the subjects of its origin. */
function originOf(
  context: Context,
  { name, external }: StreamSource,
): Pick<BucketContext, "origin" | "prefix" | "writePrefix"> {
  const prefix = subjectsOf(bucketOf(name) ?? name);
  const api = external === undefined ? context.prefix : (external.api ?? `$JS.${external.domain}.API`);
  const there = api === context.prefix ? context : elsewhere(context, api);
  const origin = new Stream(there, new KnownStream(there, name));
  return { origin, prefix, writePrefix: reached(api, prefix) };
}

function elsewhere({ connection, timeout }: Context, prefix: string): Context {
  return { connection, timeout, prefix, api: new RequestApi(connection, { prefix, timeout }) };
}

// KV-31
/** Where to publish so that a stream behind this API prefix takes it. */
function reached(api: string, subjects: string): string {
  return api === OWN_PREFIX ? subjects : `${api}.${subjects}`;
}
