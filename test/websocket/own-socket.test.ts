import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { connect, type WebSocketLike } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { listen } from "../support/listen.ts";
import { openWith, Peer, withLink } from "../support/web-socket-peer.ts";

/** A server that takes connections and says nothing, for the time that `body` takes. */
async function withSilence(body: (url: string, links: readonly Socket[]) => Promise<void>): Promise<void> {
  const links: Socket[] = [];
  const silent = createServer((socket) => void links.push(socket.on("error", () => undefined)));
  const url = `ws://127.0.0.1:${await listen(silent)}`;
  try {
    await body(url, links);
  } finally {
    for (const socket of links) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  }
}

describe("a socket of `websocket.open` [WS-20]", () => {
  test("that compresses later is not given memory that is used again", async () => {
    await using peer = await Peer.start({ compression: true });
    const sockets: WebSocket[] = [];
    const websocket = openWith((socket) => sockets.push(socket));
    await using nc = await connect({ servers: peer.url, websocket });
    expect(sockets[0]!.extensions).toBe("permessage-deflate");
    const count = 5000;
    const message = (i: number): string => `<${String(i).padStart(6, "0").repeat(40)}>`;
    for (let i = 0; i < count; i++) {
      nc.publish("a", message(i));
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await nc.flush();
    const received = [...peer.received.matchAll(/<\d+>/g)].map(([text]) => text);
    expect(received).toEqual(Array.from({ length: count }, (_, i) => message(i)));
  });

  test("is ended without a word when the attempt is over before it is open", async () => {
    await withSilence(async (servers, links) => {
      const websocket = openWith(() => undefined);
      const late = await expectNoLeak(() => failure(connect({ servers, websocket, timeout: 100 })));
      expect(late).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "upgrade" });
      const abort = new AbortController();
      const { signal } = abort;
      const aborted = expectNoLeak(() => failure(connect({ servers, websocket, signal })));
      await eventually(() => expect(links).toHaveLength(2));
      abort.abort();
      expect(await aborted).toMatchObject({ code: "ABORTED" });
    });
  });

  test("that is made when the attempt is over is ended as well", async () => {
    await withSilence(async (servers) => {
      let make: ((socket: WebSocket) => void) | undefined;
      const open = (): Promise<WebSocket> => new Promise((resolve) => (make = resolve));
      const error = await failure(connect({ servers, websocket: { open }, timeout: 50 }));
      expect(error).toMatchObject({ code: "CONNECT_TIMEOUT" });
      await expectNoLeak(async () => {
        const socket = new WebSocket(servers);
        make!(socket);
        await eventually(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
      });
    });
  });

  test("that ignores its end and opens later is ended when it opens", async () => {
    await using peer = await Peer.start();
    let sockets = 0;
    const opened: WebSocket[] = [];
    const open = ({ url }: { url: string }): WebSocketLike => {
      sockets++;
      const socket = new WebSocket(url);
      opened.push(socket);
      const late = new Proxy(socket, {
        get: (target, name) => {
          // As if it were still being opened, to whoever asks or ends it.
          if (name === "readyState") return 0;
          if (name === "terminate" || name === "close") return () => isOpen && target.terminate();
          const found: unknown = Reflect.get(target, name, target);
          return typeof found === "function" ? (found as () => unknown).bind(target) : found;
        },
        set: (target, name, value) => {
          if (name === "onopen") whenOpen = value as () => void;
          else Reflect.set(target, name, value, target);
          return true;
        },
      });
      return late;
    };
    let isOpen = false;
    let whenOpen = (): void => undefined;
    await expectNoLeak(async () => {
      const error = await failure(connect({ servers: peer.url, websocket: { open }, timeout: 100 }));
      expect(error).toMatchObject({ code: "CONNECT_TIMEOUT" });
      await eventually(() => expect(opened[0]!.readyState).toBe(WebSocket.OPEN));
      isOpen = true;
      whenOpen();
      await eventually(() => expect(opened[0]!.readyState).toBe(WebSocket.CLOSED));
    });
    expect(sockets).toBe(1);
  });

  test("that tells an error and no close is a lost link", async () => {
    const sockets: WebSocket[] = [];
    const websocket = openWith((socket) => {
      if (sockets.push(socket) === 1) Object.defineProperty(socket, "onclose", { set: () => {} });
    });
    await withLink({ websocket, pingInterval: 0 }, async (nc, peer, errors) => {
      sockets[0]!.emit("error", new Error("broken inside"));
      nc.publish("a", "<kept>");
      await eventually(() => expect(peer.sockets).toHaveLength(2));
      await nc.flush();
      expect(errors).toEqual([expect.stringContaining("the WebSocket failed")]);
      expect(peer.received.match(/<kept>/g)).toHaveLength(1);
    });
  });

  test("must be one, and not open yet, or INVALID_OPTION says so", async () => {
    await using peer = await Peer.start();
    const servers = peer.url;
    const given: Record<string, () => Promise<WebSocket>> = {
      "is no WebSocket": () => Promise.resolve(undefined as unknown as WebSocket),
      "before it is open": async () => {
        const socket = new WebSocket(servers);
        await once(socket, "open");
        return socket;
      },
    };
    for (const [reason, open] of Object.entries(given)) {
      const error = await expectNoLeak(() => failure(connect({ servers, websocket: { open } })));
      expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "websocket.open" });
      expect(error.message).toContain(reason);
    }
  });

  test("does not outlive the connection when its peer reads nothing", async () => {
    await using peer = await Peer.start();
    await expectNoLeak(async () => {
      const sockets: WebSocket[] = [];
      const websocket = openWith((socket) => sockets.push(socket));
      const nc = await connect({ servers: peer.url, websocket });
      peer.link.pause();
      for (let i = 0; i < 40; i++) nc.publish("a", new Uint8Array(512 * 1024));
      await nc.close();
      await eventually(() => expect(sockets[0]!.readyState).toBe(WebSocket.CLOSED));
      peer.link.destroy();
    });
  });
});
