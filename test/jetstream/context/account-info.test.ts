import { describe, expect, test } from "vitest";
import { connect } from "../../../src/index.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { startServer } from "../../../src/server/index.ts";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { useServer } from "../../support/nats-server.ts";

describe("the account's information", () => {
  const access = useJetStream();

  test("[JS-CTX-01] tells what is used, and Infinity where there is no limit", async () => {
    const name = unique("INFO");
    const before = await access.js.accountInfo();
    await access.nc.request(
      `$JS.API.STREAM.CREATE.${name}`,
      JSON.stringify({ name, subjects: [name], storage: "memory", max_bytes: 4096 }),
    );
    const info = await access.js.accountInfo();
    expect(info.streams).toBe(before.streams + 1);
    expect(info.reservedMemory).toBe(before.reservedMemory + 4096);
    expect(info).toMatchObject({ memory: 0, storage: 0, reservedStorage: 0, consumers: 0, tiers: {} });
    expect(info.limits).toEqual({
      maxMemory: Infinity,
      maxStorage: Infinity,
      maxStreams: Infinity,
      maxConsumers: Infinity,
      maxAckPending: Infinity,
      memoryMaxStreamBytes: Infinity,
      storageMaxStreamBytes: Infinity,
      maxBytesRequired: false,
    });
    expect(info.api.level).toBe(access.js.apiLevel);
    expect(info.api.total).toBeGreaterThan(before.api.total);
    expect(info).not.toHaveProperty("domain");
  });

  test("[JS-CTX-01] [JS-CTX-03] takes a timeout and a signal", async () => {
    const signal = AbortSignal.abort("enough");
    expect(await failure(access.js.accountInfo({ signal }))).toMatchObject({
      code: "ABORTED",
      cause: "enough",
    });
    expect(await failure(access.js.accountInfo({ tiemout: 1 } as object))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "tiemout",
    });
  });
});

describe("where JetStream is not for everybody", () => {
  const access = useServer({
    jetstream: true,
    config: `
      jetstream { domain: hub }
      accounts {
        WITH { jetstream: { max_memory: 1048576, max_file: 2097152, max_streams: 3, max_consumers: 4, max_bytes_required: true }
               users: [{ user: with, password: x }] }
        WITHOUT { users: [{ user: without, password: x }] }
        SYS { users: [{ user: sys, password: x }] }
      }
      system_account: SYS`,
  });

  const as = (user: string) => connect({ servers: access.url, user, password: "x" });

  test("[JS-CTX-01] the account's limits are told, and the domain", async () => {
    await using nc = await as("with");
    const info = await jetstream(nc).accountInfo();
    expect(info.domain).toBe("hub");
    expect(info.limits).toMatchObject({
      maxMemory: 1_048_576,
      maxStorage: 2_097_152,
      maxStreams: 3,
      maxConsumers: 4,
      maxBytesRequired: true,
    });
  });

  test("[JS-CTX-02] a domain and a prefix lead to the same", async () => {
    await using nc = await as("with");
    expect((await jetstream(nc, { domain: "hub" }).accountInfo()).domain).toBe("hub");
    expect((await jetstream(nc, { apiPrefix: "$JS.hub.API" }).accountInfo()).domain).toBe("hub");
  });

  test("[JS-CTX-02] [JS-CTX-05] a domain that there is not is told by its name", async () => {
    await using nc = await as("with");
    const error = await failure(jetstream(nc, { domain: "moon" }).accountInfo());
    expect(error).toMatchObject({ code: "JETSTREAM_NOT_ENABLED", retryable: true });
    expect(error.message).toContain("$JS.moon.API");
  });

  test("[JS-CTX-05] an account without it is told so, whatever it asks", async () => {
    await using nc = await as("without");
    const js = jetstream(nc);
    expect(await failure(js.accountInfo())).toMatchObject({
      code: "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT",
      errCode: 10_039,
      status: 503,
      retryable: false,
    });
    const error = await failure(js.context.api.request({ subject: "STREAM.INFO.S", stream: "S" }));
    expect(error).toMatchObject({ code: "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT", stream: "S" });
  });

  test("[JS-CTX-05] the system account is told so", async () => {
    await using nc = await as("sys");
    expect((await failure(jetstream(nc).context.api.request({ subject: "STREAM.INFO.S" }))).code).toBe(
      "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT",
    );
  });
});

describe("where there is no JetStream", () => {
  const access = useServer();

  test("[JS-CTX-05] every call says that it is not enabled", async () => {
    await using nc = await connect(access.url);
    const js = jetstream(nc);
    const wanted = { code: "JETSTREAM_NOT_ENABLED", retryable: false, cause: { code: "NO_RESPONDERS" } };
    expect(await failure(js.accountInfo())).toMatchObject(wanted);
    expect(await failure(js.context.api.request({ subject: "STREAM.INFO.S" }))).toMatchObject(wanted);
  });
});

describe("the server of natspeed/server", () => {
  test("[JS-CTX-05] has none, and says so", async () => {
    await using server = await startServer({ port: false });
    await using nc = await connect(server.inMemory);
    expect((await failure(jetstream(nc).accountInfo())).code).toBe("JETSTREAM_NOT_ENABLED");
  });
});
