import { invalidOption } from "../invalid-option.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Platform } from "../transport.ts";
import type { ServerPool } from "../servers/server-pool.ts";

/** Contradictory options, and those that the runtime can't honour, are told before anything is dialled. */
export function checkPlatform(options: ResolvedOptions, platform: Platform, pool: ServerPool): void {
  // An application with a `dial` of its own knows what its transports can do.
  if (options.dial === undefined) {
    if (platform.isBrowser === true) checkBrowser(options);
    checkWebSocket(options, pool);
  }
  checkTls(options, platform, pool);
}

function checkBrowser({ localAddress, websocket = {} }: ResolvedOptions): void {
  const { headers, compression } = websocket;
  if (localAddress !== undefined)
    throw invalidOption("localAddress", "a browser does not say where from it dials");
  if (headers !== undefined)
    throw invalidOption(
      "websocket.headers",
      "a browser sends its own: cookies of the server's site, and no others",
    );
  if (compression !== undefined) throw invalidOption("websocket.compression", "a browser decides by itself");
}

// OPT-34, TLS-10
function checkWebSocket(options: ResolvedOptions, pool: ServerPool): void {
  const { websocket, tls } = options;
  if (!pool.isWebSocket) {
    if (websocket !== undefined)
      throw invalidOption("websocket", "no server's URL begins with ws:// or wss://");
    return;
  }
  if (websocket?.open !== undefined) checkOpen(options);
  if (tls === undefined || tls === false) return;
  const plain = pool.urls.find((url) => url.startsWith("ws:"));
  if (plain !== undefined) throw invalidOption("tls", `${plain} is in clear; TLS over WebSocket is wss://`);
  if (typeof tls === "object" && tls.handshakeFirst !== undefined)
    throw invalidOption("tls.handshakeFirst", "over WebSocket TLS always comes first");
}

/** `websocket.open` takes the place of these options. */
function checkOpen({ websocket = {}, tls, localAddress }: ResolvedOptions): void {
  const { headers, compression } = websocket;
  const unused = {
    "websocket.headers": headers,
    "websocket.compression": compression,
    localAddress,
    tls: typeof tls === "object" ? tls : undefined,
  };
  for (const [name, value] of Object.entries(unused)) {
    if (value !== undefined) throw invalidOption(name, "with `websocket.open` it would not be used");
  }
}

function checkTls({ tls, dial }: ResolvedOptions, platform: Platform, pool: ServerPool): void {
  if (tls === false && pool.wantsTls)
    throw invalidOption("tls", "it is false, and a server's URL asks for TLS");
  if (typeof tls !== "object") return;
  if (platform.checkTls !== undefined) platform.checkTls(tls);
  else if (dial === undefined) throw invalidOption("tls", "this runtime does TLS by itself, without options");
}
