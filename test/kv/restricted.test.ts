import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { kv } from "../../src/kv/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";

const server = useServer({
  jetstream: true,
  config: `
    authorization {
      users = [
        { user: owner, password: secret }
        { user: page, password: secret, permissions {
          publish: ["$KV.prices.>", "$JS.API.DIRECT.GET.KV_prices.>"]
          subscribe: ["_INBOX.>"]
        } }
      ]
    }
  `,
});

describe("a client that may read and write keys, and nothing else", () => {
  let owner: Connection;
  let page: Connection;
  beforeAll(async () => {
    owner = await connect({ servers: server.url, user: "owner", password: "secret" });
    page = await connect({ servers: server.url, user: "page", password: "secret" });
    page.on("error", () => undefined);
    await (await kv(owner).create("prices", { storage: "memory" })).put("bread", "2.50");
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
    expect(await bucket.update("milk", "1.30", revision)).toBe(revision + 1);
    expect((await bucket.get("milk"))?.revision).toBe(revision + 1);
    await bucket.delete("milk");
    expect(await bucket.get("milk")).toBeUndefined();
  });
});

it("[KV-03] of a bucket that is not there its handle tells at first use", async () => {
  const nc = await connect({ servers: server.url, user: "owner", password: "secret" });
  const bucket = kv(nc).bind("nowhere");
  expect(await failure(bucket.get("a"))).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: "nowhere" });
  expect(await failure(bucket.put("a", "x"))).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: "nowhere" });
  expect(thrown(() => kv(nc).bind("a.b"))).toMatchObject({ code: "INVALID_OPTION", argument: "bucket" });
  await nc.close();
});
