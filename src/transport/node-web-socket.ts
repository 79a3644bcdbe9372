import { Socket } from "node:net";
import { ConnectionError, toError } from "../core/errors.ts";
import type { DialContext, ServerAddress, Transport } from "../core/transport.ts";
import { NodeWebSocketTransport } from "./node-web-socket-transport.ts";
import { shakeTlsHands } from "./tls.ts";
import { connectTcp } from "./tcp.ts";
import type { WebSocket } from "ws";
import { refusedUpgrade, upgradeError } from "./upgrade-error.ts";
import { upgradeHeaders } from "./upgrade-headers.ts";
import { webSocketDialler } from "./web-socket.ts";
import { webSocketUrl } from "./web-socket-url.ts";

type Headers = Record<string, string | string[]>;

/** Without context takeover: servers keep no state of a connection's compression. */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true };

const dialWithOptions = webSocketDialler(() => {
  throw new Error("called without `websocket.open`");
});

/** Dials over TCP, does TLS for `wss`, and leaves the upgrade and the frames to the `ws` library. */
export async function dialNodeWebSocket(address: ServerAddress, context: DialContext): Promise<Transport> {
  if (context.websocket.open !== undefined) return await dialWithOptions(address, context);
  const headers = await upgradeHeaders(context);
  const { socket } = await connectTcp(address, context, () => ({ socket: new Socket().setNoDelay() }));
  // Nobody else listens until the request is made.
  socket.on("error", () => undefined);
  const link =
    address.scheme === "wss" ? await shakeTlsHands(socket, address, context, (tls) => tls) : socket;
  link.on("error", () => undefined);
  context.enterPhase("upgrade");
  return await upgrade(link, address, context, headers);
}

/** Makes a WebSocket of a link. Rejects with the signal's reason, or with what went wrong, and then nothing is open. */
async function upgrade(
  link: Socket,
  address: ServerAddress,
  context: DialContext,
  headers: Headers,
): Promise<Transport> {
  try {
    const { WebSocket } = await import("ws");
    context.signal.throwIfAborted();
    const socket = askForUpgrade(WebSocket, link, address, context, headers);
    return await opened(socket, link, address, context.signal);
  } catch (error) {
    link.destroy();
    throw error;
  }
}

function askForUpgrade(
  WebSocketOfWs: typeof WebSocket,
  link: Socket,
  address: ServerAddress,
  context: DialContext,
  headers: Headers,
): WebSocket {
  try {
    return new WebSocketOfWs(webSocketUrl(address, context), {
      createConnection: () => link,
      headers,
      perMessageDeflate: context.websocket.compression === true ? DEFLATE : false,
      skipUTF8Validation: true,
    });
  } catch (thrown) {
    const cause = toError(thrown);
    throw new ConnectionError("DIAL_FAILED", `can't ask for a WebSocket: ${cause.message}`, { cause });
  }
}

/** Resolves when the socket is open. */
async function opened(
  socket: WebSocket,
  link: Socket,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<Transport> {
  return await new Promise((resolve, reject) => {
    const giveUp = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      socket
        .off("open", onOpen)
        .on("error", () => undefined)
        .terminate();
      reject(error);
    };
    const onAbort = (): void => giveUp(signal.reason as Error);
    const onOpen = (): void => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners("error").removeAllListeners("unexpected-response");
      // Here, and not in a later turn: the first frame may come with the answer to the upgrade.
      resolve(new NodeWebSocketTransport(socket, link, address));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("open", onOpen);
    socket.on("error", (error) => giveUp(upgradeError(error, address)));
    socket.on(
      "unexpected-response",
      (_request, response) => void refusedUpgrade(response, address).then(giveUp),
    );
  });
}
