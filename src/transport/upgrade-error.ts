import type { IncomingMessage } from "node:http";
import { ConnectionError, NatsError, ProtocolError } from "../core/errors.ts";
import type { ServerAddress } from "../core/transport.ts";
import { tlsLinkError } from "./tls.ts";

/** How much of a refusal's body is worth reading. */
const BODY_LIMIT = 1024;

/** Milliseconds for which it is waited for: some bodies never end, and the status says most. */
const BODY_TIME = 250;

/** An HTTP server answered, but not with a WebSocket: what it said. */
export async function refusedUpgrade(response: IncomingMessage, address: ServerAddress): Promise<NatsError> {
  const { statusCode: status = 0, statusMessage = "" } = response;
  const body = (await bodyOf(response)).trim();
  const said = body === "" ? "" : `: ${JSON.stringify(body.slice(0, 200))}`;
  const { host, port } = address;
  const to = locationOf(response);
  const message = `${host}:${port} refuses the WebSocket: HTTP ${status} ${statusMessage}${to}${said}`;
  return new ConnectionError("UPGRADE_REFUSED", message, { status, body, phase: "upgrade" });
}

/** Where a redirect points to; without the query, which may be that of the request and hold a secret. */
function locationOf({ headers: { location } }: IncomingMessage): string {
  return location === undefined ? "" : ` (to ${location.replace(/[?#].*/s, "")})`;
}

function bodyOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let body = "";
    const finish = (): void => {
      clearTimeout(timer);
      resolve(body.slice(0, BODY_LIMIT));
    };
    const timer = setTimeout(finish, BODY_TIME);
    response.setEncoding("utf8");
    response.on("data", (text: string) => {
      body += text;
      if (body.length >= BODY_LIMIT) finish();
    });
    response.on("error", finish).on("close", finish).on("end", finish);
  });
}

/** The upgrade failed below HTTP, or the answer to it is wrong. */
export function upgradeError(error: NodeJS.ErrnoException, address: ServerAddress): NatsError {
  const { scheme, host, port } = address;
  if (scheme === "wss") {
    // A server judges the client's certificate when the client is done with TLS. What says no is an alert, or a system
    // call that fails; an end in good order comes from HTTP, and has the same code.
    const ofTls = tlsLinkError(error, address, error.syscall === undefined);
    if (ofTls instanceof NatsError) return ofTls;
  }
  const facts = { cause: error, phase: "upgrade" } as const;
  const { rawPacket } = error as { rawPacket?: Uint8Array };
  if (error.code?.startsWith("HPE_") === true) {
    const isNats = rawPacket !== undefined && new TextDecoder().decode(rawPacket).startsWith("INFO {");
    const hint = isNats ? "it is a NATS server's TCP port, for nats://" : "it is no WebSocket port";
    return new ProtocolError("NOT_A_NATS_SERVER", `${host}:${port} does not answer in HTTP: ${hint}`, facts);
  }
  if (error.code === undefined) {
    const message = `${host}:${port} answers a WebSocket upgrade wrongly: ${error.message}`;
    return new ProtocolError("NOT_A_NATS_SERVER", message, facts);
  }
  const message = `${host}:${port} broke off the WebSocket upgrade: ${error.message}`;
  return new ConnectionError("DIAL_FAILED", message, facts);
}
