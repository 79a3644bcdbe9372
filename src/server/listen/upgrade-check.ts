import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { ServerWebSocketOptions } from "../server-options.ts";

/** What is wrong with a request to become a WebSocket: the HTTP status to refuse it with; undefined if nothing is. */
export function checkUpgrade(
  request: IncomingMessage,
  isSecure: boolean,
  options: ServerWebSocketOptions,
): number | undefined {
  const { method, headers } = request;
  if (pathOf(request).endsWith("/mqtt")) return 404;
  if (method !== "GET") return 405;
  const key = headers["sec-websocket-key"];
  const isHandshake =
    headers.host !== undefined &&
    contains(headers.upgrade, "websocket") &&
    contains(headers.connection, "Upgrade") &&
    key !== undefined &&
    /^[+/0-9A-Za-z]{22}==$/.test(key) &&
    contains(headers["sec-websocket-version"], "13");
  if (!isHandshake) return 400;
  return isOriginAllowed(headers, isSecure, options) ? undefined : 403;
}

/** Whether a leaf node asks, which this server takes no more than a nats-server that was not told to. */
export function isLeafNode(request: IncomingMessage): boolean {
  return pathOf(request).endsWith("/leafnode");
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0]!;
}

/** Makes of a request that was found good what ws takes, too: it knows no lists here, and would agree to a protocol. */
export function simplify({ headers }: IncomingMessage): void {
  headers.upgrade = "websocket";
  headers["sec-websocket-version"] = "13";
  delete headers["sec-websocket-protocol"];
}

/** Whether a list of words has this one. */
function contains(list: string | string[] | undefined, word: string): boolean {
  return [list ?? []]
    .flat()
    .flatMap((text) => text.split(","))
    .some((token) => token.trim().toLowerCase() === word.toLowerCase());
}

/** Programs send no origin, and could send any: it says something of web pages only. */
function isOriginAllowed(
  headers: IncomingMessage["headers"],
  isSecure: boolean,
  { sameOrigin = false, allowedOrigins = [] }: ServerWebSocketOptions,
): boolean {
  const { origin = headers["sec-websocket-origin"] } = headers;
  if (typeof origin !== "string" || origin === "" || (!sameOrigin && allowedOrigins.length === 0))
    return true;
  const own = `${isSecure ? "https" : "http"}://${headers.host}`;
  const asked = originOf(origin);
  if (asked === undefined || (sameOrigin && asked !== originOf(own))) return false;
  return allowedOrigins.length === 0 || allowedOrigins.some((allowed) => originOf(allowed) === asked);
}

function originOf(text: string): string | undefined {
  try {
    return new URL(text).origin;
  } catch {
    return undefined;
  }
}

/** The answer to a refused request, as Go's HTTP server writes it. */
export function refusal(status: number): string {
  const text = STATUS_CODES[status] ?? "";
  return [
    `HTTP/1.1 ${status} ${text}`,
    "Content-Type: text/plain; charset=utf-8",
    "Sec-Websocket-Version: 13",
    "X-Content-Type-Options: nosniff",
    `Content-Length: ${text.length + 1}`,
    "Connection: close",
    "",
    `${text}\n`,
  ].join("\r\n");
}

/** The cookies of a request, by name. */
export function cookiesOf({ headers }: IncomingMessage): ReadonlyMap<string, string> {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim().split("="));
  return new Map(pairs.map(([name = "", ...value]) => [name, value.join("=").replace(/^"(.*)"$/, "$1")]));
}
