import type { Hub } from "../hub.ts";
import { NATS_SERVER_VERSION } from "../info.ts";
import { nanoseconds, uptime } from "./duration.ts";

/** What the runtime tells of the machine. */
export interface Machine {
  readonly cores: number;
  /** Bytes of memory that the process has. */
  readonly memory: number;
  /** Percent of one core, since the process began. */
  readonly cpu: number;
}

/** Where the server listens, as `/varz` shows it. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly webSocketPort: number;
  readonly monitorHost: string;
  readonly monitorPort: number;
  readonly tlsEnds: Date | undefined;
  readonly webSocketTlsEnds: Date | undefined;
}

/** Of what this server has not: as nats-server shows it when it is off. */
const OFF = { cluster: {}, gateway: {}, leaf: {}, mqtt: {}, jetstream: {} };
const NONE = { routes: 0, gateways: 0, leafs: 0 };

/** The document of `/varz`; `requests` counts those of each page. */
export function varz(
  hub: Hub,
  listening: Listening,
  machine: Machine,
  requests: Readonly<Record<string, number>>,
): object {
  return {
    ...identity(hub, listening),
    ...limits(hub),
    ...OFF,
    websocket: webSocket(hub, listening),
    ...runtime(hub, machine),
    ...traffic(hub),
    subscriptions: hub.subscriptionCount,
    http_req_stats: requests,
    config_load_time: hub.startedAt.toISOString(),
    config_digest: "",
    system_account: hub.accounts.system.name,
    slow_consumer_stats: { clients: hub.traffic.slowConsumers, ...NONE },
    stale_connection_stats: { clients: hub.traffic.staleConnections, ...NONE },
    disk_io_wait_stats: { waiters: 0, waits: 0, wait_time: 0, max_wait_time: 0 },
    ...ending(listening.tlsEnds),
  };
}

function ending(at: Date | undefined): object {
  // As Go writes a time in whole seconds.
  return at === undefined ? {} : { tls_cert_not_after: at.toISOString().replace(".000Z", "Z") };
}

/** What is false or empty is left out, as Go does. */
function webSocket(
  { options: { host, websocket } }: Hub,
  { webSocketPort, webSocketTlsEnds }: Listening,
): object {
  if (websocket === undefined) return {};
  const {
    noAuthUser,
    jwtCookie,
    tls,
    sameOrigin = false,
    allowedOrigins = [],
    compression = false,
  } = websocket;
  return {
    host: websocket.host ?? host,
    port: webSocketPort,
    ...(noAuthUser === undefined ? {} : { no_auth_user: noAuthUser }),
    ...(jwtCookie === undefined ? {} : { jwt_cookie: jwtCookie }),
    ...(tls === undefined ? { no_tls: true } : {}),
    ...(sameOrigin ? { same_origin: true } : {}),
    ...(allowedOrigins.length > 0 ? { allowed_origins: allowedOrigins } : {}),
    ...(compression ? { compression: true } : {}),
    ...ending(webSocketTlsEnds),
  };
}

function identity({ id, name, authorizer, options, connectUrls }: Hub, listening: Listening): object {
  return {
    server_id: id,
    server_name: name,
    version: NATS_SERVER_VERSION,
    proto: 1,
    go: "natspeed",
    host: listening.host,
    port: listening.port,
    ...(authorizer.isRequired ? { auth_required: true } : {}),
    ...(options.tls === undefined || options.tls.required === false ? {} : { tls_required: true }),
    ...(options.tls?.verify === true ? { tls_verify: true } : {}),
    ...(connectUrls.length > 0 ? { connect_urls: connectUrls } : {}),
    http_host: listening.monitorHost,
    http_port: listening.monitorPort,
    http_base_path: "",
    https_port: 0,
  };
}

function limits({ options }: Hub): object {
  return {
    max_connections: options.maxConnections,
    ...(options.maxSubscriptions < 0 ? {} : { max_subscriptions: options.maxSubscriptions }),
    ping_interval: nanoseconds(options.pingInterval),
    ping_max: options.maxPingsOut,
    auth_timeout: options.authTimeout / 1000,
    max_control_line: options.maxControlLine,
    max_payload: options.maxPayload,
    max_pending: options.maxPending,
    tls_timeout: (options.tls?.timeout ?? 2000) / 1000,
    write_deadline: nanoseconds(options.writeDeadline),
  };
}

function runtime({ startedAt }: Hub, { memory, cores, cpu }: Machine): object {
  const now = new Date();
  return {
    start: startedAt.toISOString(),
    now: now.toISOString(),
    uptime: uptime(now.getTime() - startedAt.getTime()),
    mem: memory,
    cores,
    gomaxprocs: cores,
    cpu,
  };
}

function traffic({ clients, totalConnections, traffic: passed }: Hub): object {
  return {
    connections: clients.size,
    total_connections: totalConnections,
    routes: 0,
    remotes: 0,
    leafnodes: 0,
    in_msgs: passed.inMessages,
    in_bytes: passed.inBytes,
    in_client_msgs: passed.inMessages,
    in_client_bytes: passed.inBytes,
    out_msgs: passed.outMessages,
    out_bytes: passed.outBytes,
    out_client_msgs: passed.outMessages,
    out_client_bytes: passed.outBytes,
    slow_consumers: passed.slowConsumers,
    stale_connections: passed.staleConnections,
    stalled_clients: passed.stalls,
  };
}
