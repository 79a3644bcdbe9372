import { describe, expect, it } from "vitest";
import { json } from "../../src/index.ts";
import { type Bucket, kv } from "../../src/kv/index.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

const made = (): Promise<Bucket> => kv(access.nc).create(unique("transact"), { storage: "memory" });

describe("transact", () => {
  it("[KV-12] makes a value of what is there, whoever is quicker", async () => {
    const bucket = (await made()).typed(json<number>());
    await Promise.all(
      Array.from({ length: 20 }, () => bucket.transact("n", (n = 0) => n + 1, { attempts: 1000 })),
    );
    expect((await bucket.get("n"))?.value).toBe(20);
  });

  it("[KV-12] resolves with what it wrote, also where a marker was", async () => {
    const bucket = (await made()).typed(json<{ n: number }>());
    await bucket.put("k", { n: 1 });
    await bucket.delete("k");
    const seen: unknown[] = [];
    const entry = await bucket.transact(
      "k",
      async (value) => {
        seen.push(value);
        return { n: 2 };
      },
      { headers: { by: "joe" } },
    );
    expect(seen).toEqual([undefined]);
    expect(entry).toMatchObject({ key: "k", revision: 3, value: { n: 2 }, size: 7 });
    expect(entry?.headers?.get("by")).toBe("joe");
    expect((await bucket.get("k"))?.revision).toBe(3);
  });

  it("[KV-12] writes nothing for undefined, and resolves with what is there", async () => {
    const bucket = await made();
    expect(await bucket.transact("k", () => undefined)).toBeUndefined();
    await bucket.put("k", "v");
    const entry = await bucket.transact("k", () => undefined);
    expect(entry).toMatchObject({ revision: 1 });
    expect((await bucket.status()).values).toBe(1);
  });

  it("[KV-12] gives up after so many attempts, and tells the revision", async () => {
    const bucket = await made();
    let calls = 0;
    const spoilt = async (): Promise<string> => {
      calls += 1;
      await bucket.put("k", `by another ${calls}`);
      return "mine";
    };
    const error = await failure(bucket.transact("k", spoilt, { attempts: 3 }));
    expect(error).toMatchObject({ code: "WRONG_REVISION", key: "k", revision: 3 });
    expect(error.stack).toContain("transact.test.ts");
    expect(calls).toBe(3);
    expect((await bucket.get("k"))?.string()).toBe("by another 3");
  });

  it("[KV-12] rejects with what the change throws, and with wrong arguments", async () => {
    const bucket = await made();
    const broken = bucket.transact("k", () => {
      throw new RangeError("no");
    });
    await expect(broken).rejects.toThrow(RangeError);
    expect(await failure(bucket.transact("a b", () => "x"))).toMatchObject({ code: "INVALID_KEY" });
    expect(await failure(bucket.transact("k", "x" as never))).toMatchObject({ argument: "change" });
    expect(await failure(bucket.transact("k", () => "x", { attempts: 0 }))).toMatchObject({
      argument: "attempts",
    });
    expect(await failure(bucket.transact("k", () => "x", { tries: 2 } as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
    const typed = bucket.typed(json<number>());
    expect(await failure(typed.transact("k", () => (() => 0) as never))).toMatchObject({
      code: "INVALID_VALUE",
    });
    expect((await bucket.status()).values).toBe(0);
  });

  it("[KV-12] is in a view of the bucket before it resolves", async () => {
    const bucket = (await made()).typed(json<number>());
    await using view = await bucket.view();
    await bucket.transact("n", (n = 0) => n + 5);
    expect(view.get("n")?.value).toBe(5);
  });

  it("[KV-12] ends when its signal aborts, also while the change is being made", async () => {
    const bucket = await made();
    const aborter = new AbortController();
    const never = new Promise<string>(() => undefined);
    const change = (): Promise<string> => {
      aborter.abort();
      return never;
    };
    const error = await failure(bucket.transact("k", change, { signal: aborter.signal }));
    expect(error).toMatchObject({ code: "ABORTED" });
    const other = new AbortController().signal;
    const mine = new Error("mine");
    await expect(bucket.transact("k", () => Promise.reject(mine), { signal: other })).rejects.toBe(mine);
    expect((await bucket.transact("k", () => "v", { signal: other }))?.string()).toBe("v");
  });
});
