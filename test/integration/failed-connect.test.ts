import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { listen } from "../support/listen.ts";
import { needs, refusedUrl, useServer, withServer } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const access = useServer();

describe("a failed connect", () => {
  needs("a dialler or listener for TCP")(
    "to an HTTP server says so, and asks it for nothing [R1]",
    async () => {
      await expectNoLeak(async () => {
        let requests = 0;
        const server = createServer((_request, response) => {
          requests++;
          response.end();
        });
        const servers = `nats://127.0.0.1:${await listen(server)}`;
        try {
          const error = await failure(connect({ servers, timeout: 100 }));
          expect(error).toMatchObject({ code: "NOT_A_NATS_SERVER", server: servers, phase: "info" });
          expect(error.message).toContain("ws://");
          expect(error.cause).toMatchObject({ code: "CONNECT_TIMEOUT" });
          expect(requests).toBe(0);
        } finally {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        }
      });
    },
  );

  needs("a dialler or listener for TCP")(
    "says nothing to a silent peer where TLS is wanted [TLS-01]",
    async () => {
      await using server = await ScriptedServer.start(() => {});
      await failure(connect({ servers: server.url, timeout: 100, tls: true }));
      expect(server.peers[0]!.received).toBe("");
    },
  );

  test("tells who was refused, and no secret [R85] [AUTH-10]", async () => {
    const config = 'authorization { users: [ { user: "joe", password: "right" } ] }';
    await withServer({ config }, async ({ url }) => {
      const wrong = await failure(connect({ servers: url, user: "joe", password: "wr0ng" }));
      expect(wrong).toMatchObject({ code: "AUTHORIZATION_VIOLATION", server: url, phase: "auth" });
      expect(wrong.message).toBe(
        `the server says: Authorization Violation (${url}; it was shown the user "joe" with a password)`,
      );
      const none = await failure(connect({ servers: url }));
      expect(none.message).toContain("it was shown no credentials");
    });
  });

  test("of one server that was tried over and over is told as one server", async () => {
    const servers = await refusedUrl();
    const reconnect = { ...QUICK_RECONNECT, firstConnect: true, maxAttempts: 3 };
    const error = await failure(connect({ servers, reconnect }));
    expect(error.message).toMatch(/^can't connect \(1 server, 3 attempts\): /);
    expect(error.message.split("refuses connections")).toHaveLength(2);
  });

  test("of several servers names each", async () => {
    const servers = [await refusedUrl(), await refusedUrl()];
    const error = await failure(connect({ servers, reconnect: false }));
    expect(error.message).toMatch(/^can't connect \(2 servers\): /);
    for (const url of servers) expect(error.message).toContain(url);
  });
});

describe("a server that the last list left out", () => {
  test("is a last resort: it is tried when no other can be had [POOL-22]", async () => {
    await using first = await ScriptedServer.start(acceptAll());
    const { url } = access;
    const listed = ["gone.invalid:1", new URL(url.replace(/^\w+:/, "http:")).host];
    await using nc = await connect({ servers: first.url, reconnect: QUICK_RECONNECT, randomize: false });
    const log = new EventLog(nc);
    first.peers[0]!.sendInfo({ connect_urls: listed });
    await nc.flush();
    first.peers[0]!.sendInfo({ connect_urls: ["gone.invalid:1"] });
    await nc.flush();
    expect(nc.servers).not.toContain(url);
    await first.stop();
    expect(await log.wait("reconnected")).toMatchObject({ server: url });
  });
});
