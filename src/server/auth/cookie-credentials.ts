import type { Link } from "../link.ts";
import type { ServerWebSocketOptions } from "../server-options.ts";
import type { ConnectRequest } from "../protocol/connect-request.ts";

/** Adds credentials from the cookies of a WebSocket, as the options name them, where CONNECT has none. */
export function withCookies(
  request: ConnectRequest,
  { cookies }: Link,
  options: ServerWebSocketOptions | undefined,
): ConnectRequest {
  if (cookies === undefined || options === undefined) return request;
  const { jwtCookie, userCookie, passwordCookie, tokenCookie } = options;
  const of = (name: string | undefined): string => (name === undefined ? "" : (cookies.get(name) ?? ""));
  return {
    ...request,
    jwt: request.jwt || of(jwtCookie),
    user: request.user || of(userCookie),
    pass: request.pass || of(passwordCookie),
    auth_token: request.auth_token || of(tokenCookie),
  };
}
