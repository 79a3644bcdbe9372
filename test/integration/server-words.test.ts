import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { inTurn } from "../support/in-turn.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const FIXED = { user: "joe", password: "pw", reconnect: QUICK_RECONNECT };

describe("an authentication that took too long is no refusal", () => {
  const TOO_LATE = "Authentication Timeout";

  test("of fixed credentials, at a reconnect: it is tried again [AUTH-10] [AUTH-16]", async () => {
    await using server = await ScriptedServer.start(inTurn("ok", TOO_LATE, TOO_LATE, TOO_LATE, "ok"));
    await using nc = await connect({ servers: server.url, ...FIXED });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    expect(log.of("reconnecting").map(({ error }) => error.code)).toEqual([
      "DISCONNECTED",
      ...Array.from({ length: 3 }, () => "AUTHENTICATION_TIMEOUT"),
    ]);
    expect(log.types).not.toContain("closed");
  });

  test("of fixed credentials, at the first connect: it is tried again where that is wanted [CONN-11]", async () => {
    await using server = await ScriptedServer.start(inTurn(TOO_LATE, TOO_LATE, TOO_LATE, "ok"));
    const reconnect = { ...QUICK_RECONNECT, firstConnect: true };
    await using nc = await connect({ servers: server.url, ...FIXED, reconnect });
    expect(nc.state).toBe("connected");
    expect(server.connections).toBe(4);
  });

  test("and neither is a server that has no room [ERR-04]", async () => {
    const full = "maximum account active connections exceeded";
    await using server = await ScriptedServer.start(
      inTurn("ok", full, full, "maximum connections exceeded", "ok"),
    );
    await using nc = await connect({ servers: server.url, ...FIXED });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    expect(
      log
        .of("reconnecting")
        .slice(1)
        .map(({ error }) => error.code),
    ).toEqual(Array.from({ length: 3 }, () => "MAX_CONNECTIONS_EXCEEDED"));
  });
});

describe("what a server said last before it closed", () => {
  test.each(["Unknown Protocol Operation", "Maximum Payload Violation", "something of tomorrow"])(
    "is the cause of the loss: %s [ERR-07]",
    async (text) => {
      await using server = await ScriptedServer.start(acceptAll());
      await using nc = await connect({ servers: server.url, reconnect: false });
      const log = new EventLog(nc);
      server.peers[0]!.send(`-ERR '${text}'\r\n`);
      server.peers[0]!.close();
      const said = { code: "SERVER_ERROR", message: `the server says: ${text}` };
      const lost = { code: "DISCONNECTED", cause: said, message: expect.stringContaining(text) as string };
      expect(await nc.closed()).toMatchObject(lost);
      expect(nc.lastError).toMatchObject(lost);
      expect((await log.wait("disconnected")).error).toMatchObject(lost);
    },
  );

  test("is no cause if the link has gone on since, or if it is of a subject [ERR-05]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    await using nc = await connect({ servers: server.url, reconnect: false });
    const [peer] = server.peers;
    peer!.send("-ERR 'Invalid Subject'\r\n");
    for (let i = 0; i < 3; i++) await nc.flush();
    peer!.send(`-ERR 'Permissions Violation for Publish to "a"'\r\n`);
    await nc.flush();
    peer!.close();
    const reason = await nc.closed();
    expect(reason).toMatchObject({ code: "DISCONNECTED" });
    expect(reason?.cause).toBeUndefined();
  });
});
