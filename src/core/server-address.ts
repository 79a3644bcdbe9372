import type { ServerAddress } from "./transport.ts";

/** Schemes of WebSockets, and the ports that they mean. */
export const WEB_SOCKET_PORTS: Readonly<Record<string, number>> = { ws: 80, wss: 443 };

/** `scheme://host:port`, and the path of a WebSocket; without user info. */
export function serverUrl({ scheme, host, port, path = "" }: ServerAddress): string {
  return `${scheme}://${hostPort({ host, port })}${path}`;
}

/** As in the list of an INFO. */
export function hostPort({ host, port }: Pick<ServerAddress, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether its server is reached over WebSocket. */
export function isWebSocket({ scheme }: Pick<ServerAddress, "scheme">): boolean {
  return scheme in WEB_SOCKET_PORTS;
}
