import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { ServerWebSocketOptions } from "../options.ts";

/** What is wrong with a request to become a WebSocket: the HTTP status to refuse it with; undefined if nothing is. */
export function checkUpgrade(
  { method, headers }: IncomingMessage,
  isSecure: boolean,
  options: ServerWebSocketOptions,
): number | undefined {
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
  if (typeof origin !== "string" || (!sameOrigin && allowedOrigins.length === 0)) return true;
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
