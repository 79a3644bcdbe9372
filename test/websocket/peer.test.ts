import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { connect, type Connection } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { listen } from "../support/listen.ts";

const INFO = 'INFO {"server_id":"x","version":"2.12.0","proto":1,"headers":true,"max_payload":1048576}\r\n';

/** A WebSocket server that says INFO, and PONG to what ends with PING. */
class Peer implements AsyncDisposable {
  readonly url: string;
  readonly requests: IncomingMessage[] = [];
  readonly sockets: WebSocket[] = [];
  readonly closes: number[] = [];
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer, port: number) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${port}`;
    server.on("connection", (socket, request) => {
      this.requests.push(request);
      this.sockets.push(socket);
      socket.on("close", (code) => void this.closes.push(code));
      socket.on("error", () => undefined);
      socket.on("message", (data: Buffer) => {
        if (data.toString().endsWith("PING\r\n")) socket.send(Buffer.from("PONG\r\n"));
      });
      socket.send(Buffer.from(INFO));
    });
  }

  static async start(): Promise<Peer> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
    await new Promise((resolve) => server.once("listening", resolve));
    return new Peer(server, (server.address() as { port: number }).port);
  }

  get last(): WebSocket {
    return this.sockets.at(-1)!;
  }

  /** What the last WebSocket goes over. */
  get link(): Socket {
    return Reflect.get(this.last, "_socket") as Socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Runs `body` with a connection whose link begins anew at once, and what its links ended with. */
async function withLink(
  body: (nc: Connection, peer: Peer, errors: string[]) => Promise<void>,
): Promise<void> {
  await using peer = await Peer.start();
  await using nc = await connect({ servers: peer.url, reconnect: { delay: 1 } });
  const errors: string[] = [];
  nc.on("disconnected", ({ error }) => void errors.push(`${error.code} ${error.message}`));
  await body(nc, peer, errors);
}

describe("frames", () => {
  test("may hold several operations, or a part of one, or nothing [WS-06] [WS-09]", async () => {
    await withLink(async (nc, peer) => {
      const got: string[] = [];
      nc.subscribe("a", { callback: (m) => void got.push(m.string()) });
      await nc.flush();
      peer.last.send(Buffer.from("MSG a 1 3\r\none\r\nMSG a 1 3\r\ntwo\r\nMS"));
      peer.last.send(Buffer.from("G a 1 5\r\nth"));
      peer.last.send(Buffer.alloc(0));
      peer.last.ping("still there?");
      peer.last.send(Buffer.from("ree\r\n"), { fin: true });
      await nc.flush();
      expect(got).toEqual(["one", "two", "three"]);
    });
  });

  test("may be fragments, with control frames between them [WS-11] [WS-12] [WS-13]", async () => {
    await withLink(async (nc, peer) => {
      const got: string[] = [];
      nc.subscribe("a", { callback: (m) => void got.push(m.string()) });
      await nc.flush();
      let pongs = 0;
      peer.last.on("pong", () => pongs++);
      peer.last.send(Buffer.from("MSG a 1 6\r\nfra"), { fin: false });
      peer.last.ping();
      peer.last.send(Buffer.from("med\r\n"), { fin: true });
      await eventually(() => expect(got).toEqual(["framed"]));
      await eventually(() => expect(pongs).toBe(1));
    });
  });

  test("of text are refused, and the link begins anew", async () => {
    await withLink(async (nc, peer, errors) => {
      peer.last.send("MSG a 1 1\r\nx\r\n");
      await eventually(() => expect(peer.sockets).toHaveLength(2));
      await eventually(() => expect(nc.state).toBe("connected"));
      expect(errors).toEqual([expect.stringContaining("TEXT_FRAME")]);
    });
  });

  test("that break the rules end the link [WS-10]", async () => {
    await withLink(async (nc, peer, errors) => {
      // A frame with a reserved bit set.
      peer.link.write(Buffer.from([0xf2, 0x00]));
      await eventually(() => expect(peer.sockets).toHaveLength(2));
      await eventually(() => expect(nc.state).toBe("connected"));
      expect(errors).toEqual([expect.stringContaining("DISCONNECTED")]);
    });
  });
});

describe("the end of a WebSocket", () => {
  test("that the application asks for is a close frame with 1000 [WS-15]", async () => {
    await withLink(async (nc, peer) => {
      await nc.close();
      await eventually(() => expect(peer.closes).toEqual([1000]));
    });
  });

  test("for an error is none [WS-16]", async () => {
    await withLink(async (nc, peer) => {
      peer.last.send(Buffer.from("NONSENSE\r\n"));
      await eventually(() => expect(peer.closes).toEqual([1006]));
      await eventually(() => expect(nc.state).toBe("connected"));
    });
  });

  test.each([1000, 1001, 1008, 1011])("by the peer with %i is a lost link [WS-14]", async (code) => {
    await withLink(async (nc, peer, errors) => {
      peer.last.close(code, "because");
      await eventually(() => expect(peer.sockets).toHaveLength(2));
      await eventually(() => expect(nc.state).toBe("connected"));
      const why = code < 1008 ? "closed the link" : `closed with ${code}: because`;
      expect(errors).toEqual([expect.stringContaining(why)]);
    });
  });

  test("in the middle of a frame is a lost link", async () => {
    await withLink(async (nc, peer, errors) => {
      const socket = peer.link;
      socket.end(Buffer.from([0x82, 0x7e, 0x01, 0x00, 0x4d]));
      await eventually(() => expect(peer.sockets).toHaveLength(2));
      await eventually(() => expect(nc.state).toBe("connected"));
      expect(errors).toHaveLength(1);
    });
  });
});

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

test("a peer that reads nothing fills the buffers, and ready() waits", async () => {
  await withLink(async (nc, peer) => {
    await nc.flush();
    peer.link.pause();
    const payload = new Uint8Array(512 * 1024);
    for (let i = 0; i < 40; i++) nc.publish("a", payload);
    expect(nc.pendingBytes).toBeGreaterThan(1024 * 1024);
    expect(await failure(nc.ready({ timeout: 50 }))).toMatchObject({ code: "TIMEOUT" });
    peer.link.resume();
    await nc.ready();
    await nc.flush();
    expect(nc.pendingBytes).toBe(0);
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
