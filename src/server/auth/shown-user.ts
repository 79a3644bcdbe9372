import type { ConnectRequest } from "../protocol/connect-request.ts";
import type { Identity } from "./authorizer.ts";

/** Whom the server shows a client as: by what it said, looked at or not; a token is not shown. */
export function shownUser(
  { nkey, user, auth_token: token }: ConnectRequest,
  identity: Identity | undefined,
): string {
  return nkey || user || identity?.user || (token === "" ? "" : "[REDACTED]");
}
