import { describe, expect, it } from "vitest";
import { type Bucket, kv } from "../../src/kv/index.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const server = useJetStream();

const aBucket = (): Promise<Bucket> =>
  kv(server.nc).create(unique("untaken"), { storage: "memory", allowAtomic: true });

describe("a write that nobody takes", () => {
  it("[KV-09] [KV-37] says that there is a bucket, if there is one", async () => {
    const bucket = await aBucket();
    await server.js.streams.update(`KV_${bucket.name}`, { subjects: ["elsewhere.>"] });
    const facts = { code: "NO_STREAM", retryable: true, sent: false };
    const error = await failure(bucket.put("a", "x"));
    expect(error).toMatchObject(facts);
    expect(error.message).toContain(`"${bucket.name}": its stream is there`);
    expect(await failure(bucket.batch().put("a", "x").commit())).toMatchObject(facts);
  });

  it("[KV-29] names the origin of a mirror, if that has gone", async () => {
    const origin = await aBucket();
    const mirror = await kv(server.nc).create(unique("mirror"), {
      storage: "memory",
      mirror: { bucket: origin.name },
    });
    await kv(server.nc).delete(origin.name);
    expect(await failure(mirror.put("a", "x"))).toMatchObject({
      code: "BUCKET_NOT_FOUND",
      bucket: origin.name,
    });
  });
});
