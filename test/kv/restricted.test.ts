import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { kv } from "../../src/kv/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";
import { asUser, restrictedUsers } from "../support/restricted-users.ts";

const CONSUMERS = [
  "$JS.API.CONSUMER.CREATE.KV_prices.>",
  "$JS.API.CONSUMER.MSG.NEXT.KV_prices.>",
  "$JS.API.CONSUMER.DELETE.KV_prices.>",
];
const subscribe = ["_INBOX.>"];

const server = useServer({
  jetstream: true,
  config: restrictedUsers({
    owner: {},
    page: {
      publish: ["$KV.prices.>", "$JS.API.DIRECT.GET.KV_prices.>", "$JS.API.DIRECT.GET.KV_prices"],
      subscribe,
    },
    viewer: { publish: ["$JS.API.STREAM.INFO.KV_prices", ...CONSUMERS], subscribe },
    watcher: { publish: CONSUMERS, subscribe },
  }),
});

describe("a client that may read and write keys, and nothing else", () => {
  let owner: Connection;
  let page: Connection;
  beforeAll(async () => {
    owner = await connect(asUser(server, "owner"));
    page = await connect(asUser(server, "page"));
    page.on("error", () => undefined);
    await (await kv(owner).create("prices", { storage: "memory", history: 2 })).put("bread", "2.50");
  });
  afterAll(async () => {
    await owner.close();
    await page.close();
  });

  it("[KV-03] can't look for a bucket", async () => {
    expect(await failure(kv(page).get("prices"))).toMatchObject({ code: "PUBLISH_DENIED" });
  });

  it("[KV-03] [KV-08] [KV-09] uses it by a handle that asks for nothing", async () => {
    const bucket = kv(page).bind("prices");
    expect(bucket.name).toBe("prices");
    expect((await bucket.get("bread"))?.string()).toBe("2.50");
    const revision = await bucket.create("milk", "1.20");
    expect(await failure(bucket.create("milk", "1.10"))).toMatchObject({ code: "KEY_EXISTS", revision });
    expect(await bucket.update("milk", "1.30", revision)).toBe(revision + 1);
    expect((await bucket.get("milk"))?.revision).toBe(revision + 1);
    expect((await bucket.get("milk", { revision }))?.string()).toBe("1.20");
    expect([...(await bucket.getMany("*")).keys()].toSorted()).toEqual(["bread", "milk"]);
    await bucket.delete("milk");
    expect(await bucket.get("milk")).toBeUndefined();
    await bucket.create("milk", "1.40");
    expect((await bucket.get("milk"))?.string()).toBe("1.40");
  });
});

it("[KV-03] [KV-16] [KV-24] a client that may use consumers alone watches by such a handle, and lists keys", async () => {
  await using owner = await connect(asUser(server, "owner"));
  await using watcher = await connect(asUser(server, "watcher"));
  const errors: unknown[] = [];
  watcher.on("error", ({ error }) => void errors.push(error));
  const bucket = kv(watcher).bind("prices");
  expect(await bucket.keys().toArray()).toContain("bread");
  const seen: unknown[] = [];
  for await (const event of bucket.watch("bread")) {
    if (event.type === "synced") await kv(owner).bind("prices").put("bread", "2.60");
    else if (event.type === "put") seen.push(event.string());
    if (seen.length === 2) break;
  }
  expect(seen).toEqual(["2.50", "2.60"]);
  await watcher.flush();
  expect(errors).toEqual([]);
});

it("[KV-16] a client that may also look at the stream has a view", async () => {
  await using viewer = await connect(asUser(server, "viewer"));
  const errors: unknown[] = [];
  viewer.on("error", ({ error }) => void errors.push(error));
  await using view = await kv(viewer).bind("prices").view("bread");
  expect(view.size).toBe(1);
  await viewer.flush();
  expect(errors).toEqual([]);
});

it("[KV-03] of a bucket that is not there its handle tells at first use", async () => {
  const nc = await connect(asUser(server, "owner"));
  const bucket = kv(nc).bind("nowhere");
  expect(await failure(bucket.get("a"))).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: "nowhere" });
  expect(await failure(bucket.put("a", "x"))).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: "nowhere" });
  expect(thrown(() => kv(nc).bind("a.b"))).toMatchObject({ code: "INVALID_OPTION", argument: "bucket" });
  await nc.close();
});
