import { Socket } from "node:net";
import { ConnectionError, toError } from "../core/errors.ts";
import type { DialContext, ServerAddress, Transport } from "../core/transport.ts";
import { NodeWebSocketTransport } from "./node-web-socket-transport.ts";
import { shakeTlsHands } from "./tls.ts";
import { connectTcp } from "./tcp.ts";
import { refusedUpgrade, upgradeError } from "./upgrade-error.ts";
import { upgradeHeaders } from "./upgrade-headers.ts";
import { webSocketDialler } from "./web-socket.ts";
import { webSocketUrl } from "./web-socket-url.ts";

/** without context takeover, for servers keep no state of a connection's compression. */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true };

const dialWithOptions = webSocketDialler(() => {
  throw new Error("called without `websocket.open`");
});

/** Dials a WebSocket as TCP is dialled, with TLS first for `wss`; the upgrade and the frames are the `ws` library's. */
export async function dialNodeWebSocket(address: ServerAddress, context: DialContext): Promise<Transport> {
  if (context.websocket.open !== undefined) return await dialWithOptions(address, context);
  const headers = await upgradeHeaders(context);
  const { socket } = await connectTcp(address, context, () => ({ socket: new Socket().setNoDelay() }));
  // Between here and the request nobody else listens.
  socket.on("error", () => undefined);
  const link =
    address.scheme === "wss" ? await shakeTlsHands(socket, address, context, (tls) => tls) : socket;
  link.on("error", () => undefined);
  context.enterPhase("upgrade");
  return await upgrade(link, address, context, headers);
}

async function upgrade(
  link: Socket,
  address: ServerAddress,
  context: DialContext,
  headers: Record<string, string | string[]>,
): Promise<Transport> {
  const { WebSocket } = await import("ws");
  const { signal, websocket } = context;
  return await new Promise((resolve, reject) => {
    const giveUp = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      socket
        ?.off("open", onOpen)
        .on("error", () => undefined)
        .terminate();
      link.destroy();
      reject(error);
    };
    const onAbort = (): void => giveUp(signal.reason as Error);
    const onOpen = (): void => {
      signal.removeEventListener("abort", onAbort);
      socket!.removeAllListeners("error").removeAllListeners("unexpected-response");
      resolve(new NodeWebSocketTransport(socket!, link, address));
    };
    let socket: InstanceType<typeof WebSocket> | undefined;
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      socket = new WebSocket(webSocketUrl(address, context), {
        createConnection: () => link,
        headers,
        perMessageDeflate: websocket.compression === true ? DEFLATE : false,
        skipUTF8Validation: true,
      });
    } catch (thrown) {
      const cause = toError(thrown);
      return giveUp(
        new ConnectionError("DIAL_FAILED", `can't ask for a WebSocket: ${cause.message}`, { cause }),
      );
    }
    socket.on("open", onOpen);
    socket.on("error", (error) => giveUp(upgradeError(error, address)));
    socket.on(
      "unexpected-response",
      (_request, response) => void refusedUpgrade(response, address).then(giveUp),
    );
  });
}
