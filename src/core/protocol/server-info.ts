import { ProtocolError } from "../errors.ts";

/** What a server says of itself, in its latest INFO. Fields that it left out are undefined, 0, false or empty. */
export interface ServerInfo {
  readonly serverId: string;
  readonly serverName: string;
  readonly version: string;
  /** 1 or more: the server sends further INFO lines later. */
  readonly protocol: number;
  readonly host: string;
  readonly port: number;
  readonly headers: boolean;
  readonly authRequired: boolean;
  readonly tlsRequired: boolean;
  readonly tlsAvailable: boolean;
  readonly jetstream: boolean;
  /** The largest message, headers and payload together, in bytes; undefined while no server has named a limit. */
  readonly maxPayload: number | undefined;
  /** This connection's number at the server. */
  readonly clientId: number | undefined;
  /** This client's address as the server sees it. */
  readonly clientIp: string | undefined;
  readonly nonce: string | undefined;
  readonly cluster: string | undefined;
  readonly domain: string | undefined;
  /** The account that this connection belongs to; told just after it is made, by nats-server 2.12 and later. */
  readonly account: string | undefined;
  /** Whether that is the account of the system. */
  readonly systemAccount: boolean;
  /** `host:port` of the other servers of the cluster. */
  readonly connectUrls: readonly string[];
  /** The same for WebSocket. */
  readonly wsConnectUrls: readonly string[];
  /** The server is about to shut down. */
  readonly lameDuck: boolean;
  /** The JetStream API level; 0 for servers before 2.11. */
  readonly apiLevel: number;
}

// INFO <json>
/**
 * The INFO in `json`, which replaces what an earlier one said, but for the payload limit and the account: a line without
 * them keeps what is known so far.
 *
 * Throws `MALFORMED_OPERATION` for what isn't a JSON object.
 */
export function parseServerInfo(json: string, previous?: ServerInfo): ServerInfo {
  const fields = parseObject(json);
  return {
    serverId: text(fields["server_id"]) ?? "",
    serverName: text(fields["server_name"]) ?? "",
    version: text(fields["version"]) ?? "",
    protocol: count(fields["proto"]) ?? 0,
    host: text(fields["host"]) ?? "",
    port: count(fields["port"]) ?? 0,
    headers: fields["headers"] === true,
    authRequired: fields["auth_required"] === true,
    tlsRequired: fields["tls_required"] === true,
    tlsAvailable: fields["tls_available"] === true,
    jetstream: fields["jetstream"] === true,
    maxPayload: count(fields["max_payload"]) ?? previous?.maxPayload,
    clientId: count(fields["client_id"]),
    clientIp: text(fields["client_ip"]),
    nonce: text(fields["nonce"]),
    cluster: text(fields["cluster"]),
    domain: text(fields["domain"]),
    account: text(fields["remote_account"]) ?? previous?.account,
    systemAccount: fields["acc_is_sys"] === true || previous?.systemAccount === true,
    connectUrls: texts(fields["connect_urls"]),
    wsConnectUrls: texts(fields["ws_connect_urls"]),
    lameDuck: fields["ldm"] === true,
    apiLevel: count(fields["api_lvl"]) ?? 0,
  };
}

function parseObject(json: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw malformedInfo(json, cause);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw malformedInfo(json);
  return parsed as Record<string, unknown>;
}

function malformedInfo(json: string, cause?: unknown): ProtocolError {
  const shown = JSON.stringify(json.slice(0, 64));
  return new ProtocolError("MALFORMED_OPERATION", `the server's INFO is not a JSON object: ${shown}`, {
    cause,
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}
