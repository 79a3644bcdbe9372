import type { StreamSource } from "../jetstream/config/stream-config.ts";
import { bucketOf, streamOf, subjectsOf } from "./keys.ts";

/** A bucket that another one copies, and from where on. */
export type BucketSource = Omit<StreamSource, "name"> & { readonly bucket: string };

export function streamSource({ bucket, ...source }: BucketSource): StreamSource {
  return { ...source, name: streamOf(bucket) } as StreamSource;
}

// KV-30
/** Entries of other buckets become keys of `bucket`, unless the application transforms their subjects itself. */
export function streamSources(bucket: string, sources: readonly BucketSource[]): StreamSource[] {
  return sources.map((source) => {
    const stream = streamSource(source);
    const isWritten = source.subjectTransforms !== undefined || source.consumer !== undefined;
    if (isWritten || source.bucket === bucket) return stream;
    const { filterSubject, ...others } = stream;
    const src = filterSubject ?? `${subjectsOf(source.bucket)}>`;
    const dest = src.replace(subjectsOf(source.bucket), subjectsOf(bucket));
    return { ...others, subjectTransforms: [{ src, dest: withPlaces(dest) }] };
  });
}

/** A transform has a place where its filter has a wildcard. */
function withPlaces(dest: string): string {
  let place = 0;
  return dest
    .split(".")
    .map((token) => (token === "*" ? `{{wildcard(${++place})}}` : token))
    .join(".");
}

export function bucketSource({ name, ...source }: StreamSource): BucketSource {
  return { ...source, bucket: bucketOf(name) ?? name };
}

/** The sources as the application gave them: without the transform that {@link streamSources} adds. */
export function sourcesOf(bucket: string, sources: readonly StreamSource[]): BucketSource[] {
  return sources.map((stream) => {
    const source = bucketSource(stream);
    const { subjectTransforms, ...others } = source;
    const [own] = streamSources(bucket, [others]);
    const isOwn = JSON.stringify(own?.subjectTransforms) === JSON.stringify(subjectTransforms);
    return isOwn ? others : source;
  });
}
