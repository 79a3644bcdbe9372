import type { DialContext, ServerAddress } from "../core/transport.ts";

/** What a WebSocket is opened with. The URL's own path goes before that of the options. */
export function webSocketUrl(address: ServerAddress, { websocket }: DialContext): string {
  const { scheme, host, port, path = websocket.path ?? "/", query = "" } = address;
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${shownHost}:${port}${path}${query}`;
}
