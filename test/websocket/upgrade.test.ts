import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { listen } from "../support/listen.ts";
import { Peer } from "../support/web-socket-peer.ts";

describe("the upgrade", () => {
  test("asks for the URL's own path and query, or that of the options [URL-08] [WS-01]", async () => {
    await using peer = await Peer.start();
    for (const path of ["/own?token=t0p", ""]) {
      const servers = `${peer.url}${path}`;
      await using nc = await connect({ servers, websocket: { path: "nats", headers: { "X-Who": "me" } } });
      expect(nc.server).toBe(path === "" ? peer.url : `${peer.url}/own`);
    }
    expect(peer.requests.map(({ url }) => url)).toEqual(["/own?token=t0p", "/nats"]);
    expect(peer.requests.map(({ headers }) => headers["x-who"])).toEqual(["me", "me"]);
  });

  test.each([
    [404, "no such page"],
    [401, ""],
  ])("refused with %i tells status and body [WS-03]", async (status, body) => {
    await withHttp(
      (server) => server.on("request", (_request, response) => response.writeHead(status).end(body)),
      async (url) => {
        const error = await expectNoLeak(() => failure(connect(url)));
        expect(error).toMatchObject({ code: "UPGRADE_REFUSED", status, body, phase: "upgrade" });
        expect(error.message).toContain(`HTTP ${status}`);
      },
    );
  });

  test("refused with a body that never ends is a refusal all the same [WS-03]", async () => {
    await withHttp(
      (server) => server.on("request", (_request, response) => response.writeHead(403).write("go away")),
      async (url) => {
        const error = await expectNoLeak(() => failure(connect(url)));
        expect(error).toMatchObject({ code: "UPGRADE_REFUSED", status: 403, body: "go away" });
      },
    );
  });

  test("sent elsewhere tells where, without the query", async () => {
    const Location = "https://127.0.0.1/login?token=s3cr3t";
    await withHttp(
      (server) => server.on("request", (_request, response) => response.writeHead(302, { Location }).end()),
      async (url) => {
        const error = await failure(connect(url));
        expect(error).toMatchObject({ code: "UPGRADE_REFUSED", status: 302 });
        expect(error.message).toContain("(to https://127.0.0.1/login)");
      },
    );
  });

  test("answered with a wrong digest is no upgrade [WS-03]", async () => {
    const answer =
      "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";
    await withHttp(
      (server) =>
        server.on("upgrade", (_request, socket) => void socket.on("error", () => undefined).write(answer)),
      async (url) => {
        const error = await expectNoLeak(() => failure(connect(url)));
        expect(error).toMatchObject({ code: "NOT_A_NATS_SERVER", phase: "upgrade" });
      },
    );
  });

  test("that never comes ends with the time limit, or the signal [WS-04]", async () => {
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => void sockets.push(socket.on("error", () => undefined)));
    const servers = `ws://127.0.0.1:${await listen(silent)}`;
    try {
      const late = await expectNoLeak(() => failure(connect({ servers, timeout: 100 })));
      expect(late).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "upgrade" });
      const abort = new AbortController();
      const aborted = expectNoLeak(() => failure(connect({ servers, signal: abort.signal })));
      await eventually(() => expect(sockets).toHaveLength(2));
      abort.abort();
      expect(await aborted).toMatchObject({ code: "ABORTED" });
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});

/** An HTTP server for the time that `body` takes. */
async function withHttp(
  serve: (server: Server) => unknown,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => void sockets.add(socket));
  serve(server);
  const port = await listen(server);
  try {
    await body(`ws://127.0.0.1:${port}`);
  } finally {
    // Those that were upgraded are the server's no more.
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
