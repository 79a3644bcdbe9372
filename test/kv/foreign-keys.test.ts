import { describe, expect, it } from "vitest";
import { connect, type Connection, type NatsError } from "../../src/index.ts";
import { base64Keys, type Bucket, kv, type KvEvent } from "../../src/kv/index.ts";
import { eventually } from "../support/eventually.ts";
import { all } from "../support/fill.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const server = useJetStream();

/** A bucket of people by a codec, in which somebody has written "a.b" and "removed" without it; what is told of it. */
async function withForeign(
  body: (people: Bucket, plain: Bucket, errors: NatsError[]) => Promise<void>,
): Promise<void> {
  const nc: Connection = await connect(server.url);
  const errors: NatsError[] = [];
  nc.on("error", ({ error }) => void errors.push(error));
  try {
    const plain = await kv(nc).create(unique("people"), { storage: "memory", history: 2 });
    const people = plain.keyed(base64Keys);
    await people.put("joe@x.com", "1");
    await plain.put("a.b", "foreign");
    await people.put("sue@x.com", "2");
    await plain.put("a", "x");
    await plain.delete("a");
    await body(people, plain, errors);
  } finally {
    await nc.close();
  }
}

/** That the keys "a.b" and "a" were left out is told, as an error that names them. */
const isTold = (errors: NatsError[], ...keys: string[]): Promise<void> =>
  eventually(() => {
    expect(errors.map((error) => ("key" in error ? error.key : undefined))).toEqual(keys);
    for (const error of errors) expect(error).toMatchObject({ code: "INVALID_KEY" });
  });

describe("a key that the codec has not written", () => {
  it("[KV-34] is left out of lists, and told", async () => {
    await withForeign(async (people, _plain, errors) => {
      expect(await all(people.keys())).toEqual(["joe@x.com", "sue@x.com"]);
      await isTold(errors, "a.b");
      const history = await all(people.history());
      expect(history.map(({ key }) => key)).toEqual(["joe@x.com", "sue@x.com"]);
      await isTold(errors, "a.b", "a.b", "a", "a");
      expect([...(await people.getMany(">")).keys()]).toEqual(["joe@x.com", "sue@x.com"]);
      await isTold(errors, "a.b", "a.b", "a", "a", "a.b");
    });
  });

  it("[KV-34] is left out of a watch, and told", async () => {
    await withForeign(async (people, plain, errors) => {
      const told: string[] = [];
      const text = (event: KvEvent): string => (event.type === "synced" ? "synced" : event.key);
      for await (const event of people.watch()) {
        told.push(text(event));
        if (event.type === "synced") {
          await plain.put("later", "x");
          await people.put("tom@x.com", "3");
        }
        if (told.at(-1) === "tom@x.com") break;
      }
      expect(told).toEqual(["joe@x.com", "sue@x.com", "synced", "tom@x.com"]);
      await isTold(errors, "a.b", "a", "later");
    });
  });

  it("[KV-34] is left out of a view, and told", async () => {
    await withForeign(async (people, plain, errors) => {
      await using view = await people.view();
      const changes = view.changes();
      expect(view.size).toBe(2);
      expect(Array.from(view, ({ key }) => key)).toEqual(["joe@x.com", "sue@x.com"]);
      await isTold(errors, "a.b", "a");
      const revision = await plain.put("later", "x");
      await view.reached(revision);
      expect(view.size).toBe(2);
      await isTold(errors, "a.b", "a", "later");
      await people.put("tom@x.com", "3");
      expect((await changes.next()).value?.entry.key).toBe("tom@x.com");
    });
  });

  it("[KV-34] does not keep markers from being purged, and is removed without the codec", async () => {
    await withForeign(async (people, plain, errors) => {
      expect(await people.purgeDeletes({ olderThan: 0 })).toBe(2);
      await plain.purge("a.b");
      await people.purgeDeletes({ olderThan: 0 });
      expect(await all(people.history())).toHaveLength(2);
      expect(errors).toEqual([]);
    });
  });
});
