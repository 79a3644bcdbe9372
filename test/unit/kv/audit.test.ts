import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PermissionError, type NatsError } from "../../../src/core/errors.ts";
import type { BucketContext } from "../../../src/kv/bucket-context.ts";
import { Audit } from "../../../src/kv/view/audit.ts";
import { Replica } from "../../../src/kv/view/replica.ts";

const DENIED = new PermissionError("PUBLISH_DENIED", "the user may not ask for the stream");

/** An audit that can't look, of a connection with this server, and what it reports. */
function blind(server: string | undefined) {
  const reported: NatsError[] = [];
  const connection = { server, foundation: { report: (error: NatsError) => void reported.push(error) } };
  const stream = { name: "KV_b", info: () => Promise.reject(DENIED) };
  const context = { bucket: "b", jetstream: { connection }, stream };
  const host = { reached: () => Promise.resolve(), onDropped: () => undefined };
  const audit = new Audit(context as unknown as BucketContext, [">"], new Replica(() => undefined), host);
  return { audit, reported };
}

describe("an audit that can't look at the stream", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("[KV-23] says so once, when that has lasted", async () => {
    const { audit, reported } = blind("nats://here:4222");
    audit.start();
    await vi.advanceTimersByTimeAsync(1);
    expect(reported).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    audit.stop();
    expect(reported).toHaveLength(1);
    expect(reported[0]).toMatchObject({ code: "RETRYING", stream: "KV_b", cause: DENIED });
    expect(reported[0]!.message).toContain('a view of bucket "b"');
  });

  it("[KV-23] leaves lost links to the connection", async () => {
    const { audit, reported } = blind(undefined);
    audit.start();
    await vi.advanceTimersByTimeAsync(60_000);
    audit.stop();
    expect(reported).toEqual([]);
  });
});
