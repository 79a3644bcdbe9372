import { describe, expect, test } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { type JetStream, jetstream, meta } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { type RunningServer, useServer, withCluster } from "../../support/nats-server.ts";

const CONFIG = `
  accounts {
    A { jetstream: enabled, users: [{ user: a, password: x }] }
    SYS { users: [{ user: sys, password: x }] }
  }
  system_account: SYS`;

const as = (server: { readonly url: string }, user: string): Promise<Connection> =>
  connect({ servers: server.url, user, password: "x" });

interface MetaCluster {
  readonly leader: string;
  readonly cluster_size: number;
}

async function metaOf(server: RunningServer): Promise<MetaCluster> {
  const { meta_cluster: cluster } = (await server.monitor("/jsz")) as { meta_cluster?: MetaCluster };
  if (cluster === undefined || cluster.leader === "") throw new Error("there is no leader");
  return cluster;
}

/** Makes streams of one copy, each asked for until it is answered; resolves with the server that has each. */
async function placeStreams(js: JetStream, count: number): Promise<Map<string, string>> {
  const placed = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const body = { name: `P${i}`, subjects: [`p.${i}`], storage: "memory" };
    const create = { subject: `STREAM.CREATE.P${i}`, body };
    const { cluster } = await eventually(() => js.context.api.request(create));
    placed.set(`P${i}`, (cluster as { leader: string }).leader);
  }
  return placed;
}

// JS-CTX-07
/** A list has the streams of the other servers, and ends with the names of those that this one had. */
async function expectLeftOut(js: JetStream, placed: Map<string, string>, server: string): Promise<void> {
  const [gone, there] = [true, false].map((isGone) =>
    [...placed.keys()].filter((name) => (placed.get(name) === server) === isGone).toSorted(),
  );
  expect(gone).not.toEqual([]);
  const read = (page: Readonly<Record<string, unknown>>): string[] =>
    (page["streams"] as { config: { name: string } }[]).map(({ config }) => config.name);
  await eventually(async () => {
    const listed: string[] = [];
    const error = await failure(
      (async () => {
        for await (const name of js.context.api.pages({ subject: "STREAM.LIST" }, read)) listed.push(name);
      })(),
    );
    expect(error).toMatchObject({ code: "ASSET_OFFLINE", retryable: true });
    expect(gone!.filter((name) => !error.message.includes(`${name} (`))).toEqual([]);
    expect(listed.toSorted()).toEqual(there);
  });
}

describe("the meta group of a cluster", () => {
  test("[JS-CON-29] [JS-CTX-07] steps down, removes servers, and purges accounts, for the system account", async () => {
    await withCluster(3, { jetstream: true, config: CONFIG }, async ({ servers }) => {
      const [server] = servers as [RunningServer];
      const { leader } = await eventually(() => metaOf(server));
      await using nc = await as(server, "sys");
      const group = meta(jetstream(nc));

      const preferred = servers.map((_, i) => `cluster-${i + 1}`).find((name) => name !== leader)!;
      await group.stepDown({ to: { preferred } });
      await eventually(async () => expect((await metaOf(server)).leader).toBe(preferred));
      // A new leader passes over what it is asked before it knows that it is one.
      await eventually(async () => {
        const refused = await failure(group.stepDown({ to: { preferred: "nobody" }, timeout: 1000 }));
        expect(refused).toMatchObject({ code: "API_ERROR", errCode: 10_005 });
      });

      await using user = await as(server, "a");
      const js = jetstream(user, { timeout: 1000 });
      const body = { name: "S", subjects: ["s"], storage: "memory" };
      await eventually(() => js.context.api.request({ subject: "STREAM.CREATE.S", body }));
      await group.purgeAccount("A");
      await eventually(async () => expect((await js.accountInfo()).streams).toBe(0));

      expect(await failure(group.removeServer("nobody"))).toMatchObject({
        code: "API_ERROR",
        errCode: 10_044,
      });
      const removed = servers.findIndex((_, i) => i > 0 && `cluster-${i + 1}` !== preferred);
      const placed = await placeStreams(js, 12);
      await servers[removed]!.stop();
      await expectLeftOut(js, placed, `cluster-${removed + 1}`);
      await group.removeServer(`cluster-${removed + 1}`);
      await eventually(async () => expect((await metaOf(server)).cluster_size).toBe(2));
    });
  });
});

describe("a single server", () => {
  const access = useServer({ jetstream: true, config: CONFIG });

  test("[JS-CON-29] purges an account too", async () => {
    await using user = await as(access, "a");
    const js = jetstream(user);
    await js.context.api.request({
      subject: "STREAM.CREATE.S",
      body: { name: "S", subjects: ["s"], storage: "memory" },
    });
    await using nc = await as(access, "sys");
    await meta(jetstream(nc)).purgeAccount("A");
    expect((await js.accountInfo()).streams).toBe(0);
  });

  test("refuses wrong arguments before it asks", async () => {
    await using nc = await as(access, "sys");
    const group = meta(jetstream(nc));
    for (const account of ["", "a.b", "*", "a b", "a/b", 5]) {
      expect(await failure(group.purgeAccount(account as string))).toMatchObject({
        code: "INVALID_OPTION",
        argument: "account",
      });
    }
    expect(await failure(group.removeServer(""))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "server",
    });
    expect(await failure(group.stepDown({ to: { tags: "a" } } as object))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "to.tags",
    });
    expect(await failure(group.stepDown({ placement: {} } as object))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  test("does not answer users of other accounts", async () => {
    await using nc = await as(access, "a");
    const error = await failure(meta(jetstream(nc, { timeout: 100 })).purgeAccount("A"));
    expect(["TIMEOUT", "JETSTREAM_NOT_ENABLED", "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT"]).toContain(error.code);
  });
});
