import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { startServer } from "../../src/server/index.ts";
import { eventually } from "../support/eventually.ts";
import { needs, useServer } from "../support/nats-server.ts";

const server = useServer({
  config: `
    accounts {
      SALES { users: [ { user: joe, password: one } ] }
      SYS { users: [ { user: admin, password: two } ] }
    }
    system_account: SYS
  `,
});

describe("a connection", () => {
  test.each([
    ["joe", "one", "SALES", false],
    ["admin", "two", "SYS", true],
  ])("of %s knows its account, and goes on knowing it", async (user, password, account, systemAccount) => {
    await using nc = await connect({ servers: server.url, user, password });
    await eventually(() => expect(nc.info).toMatchObject({ account, systemAccount }));
    await nc.reconnect();
    await eventually(() => expect(nc.info).toMatchObject({ account, systemAccount }));
  });

  const asked = needs("what a server tells its system account");
  asked("knows its own address, as the server sees it", async () => {
    await using nc = await connect({ servers: server.url, user: "joe", password: "one" });
    await using admin = await connect({ servers: server.url, user: "admin", password: "two" });
    const reply = await admin.request(`$SYS.REQ.SERVER.${nc.info!.serverId}.CONNZ`);
    const { data } = reply.json<{ data: { connections: { cid: number; ip: string; port: number }[] } }>();
    const seen = data.connections.find(({ cid }) => cid === nc.info!.clientId)!;
    expect(nc.localAddress).toBe(`${seen.ip}:${seen.port}`);
    expect(nc.isSecure).toBe(false);
  });

  test("knows whether others can read what passes", async () => {
    await using inside = await startServer();
    await using memory = await connect(inside.inMemory);
    expect([memory.isSecure, memory.localAddress]).toEqual([true, undefined]);
  });
});
