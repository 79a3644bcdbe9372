import { ArgumentError, ConnectionError } from "../core/errors.ts";
import type { Dial, DialContext, ServerAddress, Transport } from "../core/transport.ts";
import type { WebSocketContext, WebSocketLike } from "../core/websocket-options.ts";
import { terminate, WebSocketTransport } from "./web-socket-transport.ts";
import { webSocketUrl } from "./web-socket-url.ts";

/** The value of `readyState` of a socket that is not open yet. */
const CONNECTING = 0;

/** Dials with the runtime's own `WebSocket`, or with that of the options. */
export function webSocketDialler(open: (context: WebSocketContext) => WebSocketLike): Dial {
  return async (address, context) => {
    const { signal, websocket } = context;
    signal.throwIfAborted();
    context.enterPhase("upgrade");
    const url = webSocketUrl(address, context);
    const socket = await (websocket.open ?? open)({ url, signal });
    if (websocket.open !== undefined) checkOpened(socket);
    return await opened(socket, address, context);
  };
}

/** What an application's own `open` gave, which may be anything. */
function checkOpened(socket: WebSocketLike | undefined): void {
  if (typeof socket?.send !== "function" || typeof socket.close !== "function")
    throw invalidOpen("what it gave is no WebSocket");
  if ((socket.readyState ?? CONNECTING) === CONNECTING) return;
  socket.onerror = () => undefined;
  terminate(socket);
  throw invalidOpen("it must give the socket before it is open, for what has come since is lost");
}

function invalidOpen(reason: string): ArgumentError {
  const message = `invalid option "websocket.open": ${reason}`;
  return new ArgumentError("INVALID_OPTION", message, { argument: "websocket.open" });
}

/** Resolves when the socket is open; rejects when it fails, or the signal aborts, and then leaves nothing open. */
function opened(
  socket: WebSocketLike,
  address: ServerAddress,
  { signal, websocket }: DialContext,
): Promise<Transport> {
  socket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    const giveUp = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      socket.onclose = null;
      // Some ignore an end before they are open: what opens later has no owner any more.
      socket.onopen = () => terminate(socket);
      // Not null: `ws` tells by an error that it was ended before it was open, and throws it if nobody listens.
      socket.onerror = () => undefined;
      terminate(socket);
      reject(error);
    };
    const onAbort = (): void => giveUp(signal.reason as Error);
    const onFailure = (): void => giveUp(openError(address));
    socket.onopen = () => {
      signal.removeEventListener("abort", onAbort);
      resolve(new WebSocketTransport(socket, address, { copies: websocket.open === undefined }));
    };
    socket.onerror = onFailure;
    socket.onclose = onFailure;
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

// A runtime's WebSocket tells scripts nothing of the cause, so that pages can't explore a network.
function openError({ scheme, host, port }: ServerAddress): ConnectionError {
  const text = `can't open a WebSocket to ${host}:${port}; the runtime does not say why (its own log may)`;
  return new ConnectionError("DIAL_FAILED", text, {
    server: `${scheme}://${host}:${port}`,
    phase: "upgrade",
  });
}
