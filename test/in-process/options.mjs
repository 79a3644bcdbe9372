import { readFileSync } from "node:fs";

/** @import { ServerOptions } from "../../src/server/index.ts" */

/** @typedef {Record<string, any>} Config */

/** Settings that need nothing but another name. */
const RENAMED = /** @type {const} */ ({
  max_payload: "maxPayload",
  max_control_line: "maxControlLine",
  max_connections: "maxConnections",
  max_subscriptions: "maxSubscriptions",
  max_pending: "maxPending",
  ping_max: "maxPingsOut",
  system_account: "systemAccount",
  no_auth_user: "noAuthUser",
});

/** Those that are times. */
const TIMES = /** @type {const} */ ({ write_deadline: "writeDeadline", ping_interval: "pingInterval" });

/** Those that are read in more than one step. */
const OTHERS = new Set([
  "authorization",
  "accounts",
  "tls",
  "allow_non_tls",
  "websocket",
  "no_header_support",
  "lame_duck_duration",
  "lame_duck_grace_period",
  "operator",
  "resolver",
  "resolver_preload",
  "client_advertise",
  "debug",
  "trace",
]);

/**
 * The options of the in-process server that a configuration of nats-server means. Throws for what it can't do.
 *
 * @param {Config} config
 * @returns {ServerOptions}
 */
export function toServerOptions(config) {
  /** @type {Record<string, unknown>} */
  const options = {};
  for (const [name, value] of Object.entries(config)) {
    if (name in RENAMED) options[RENAMED[/** @type {keyof typeof RENAMED} */ (name)]] = value;
    else if (name in TIMES) options[TIMES[/** @type {keyof typeof TIMES} */ (name)]] = milliseconds(value);
    else if (!OTHERS.has(name)) throw new Error(`the in-process server has no ${name}`);
  }
  const { authorization, accounts, tls, websocket, operator } = config;
  if (authorization !== undefined) Object.assign(options, authorizationOf(authorization));
  if (accounts !== undefined)
    options["accounts"] = mapValues(accounts, ({ users = [] }) => ({ users: users.map(userOf) }));
  if (tls !== undefined) options["tls"] = { ...tlsOf(tls), required: config["allow_non_tls"] !== true };
  if (websocket !== undefined) options["websocket"] = websocketOf(websocket);
  if (config["no_header_support"] === true) options["headers"] = false;
  if (operator !== undefined) {
    options["operator"] = { operator, accounts: Object.values(config["resolver_preload"]) };
  }
  if (config["client_advertise"] !== undefined) options["connectUrls"] = [config["client_advertise"]];
  options["lameDuck"] = {
    duration: milliseconds(config["lame_duck_duration"] ?? "2m"),
    gracePeriod: milliseconds(config["lame_duck_grace_period"] ?? "10s"),
  };
  return options;
}

/** @param {Config} authorization */
function authorizationOf({ user, password, pass = password, token, users, timeout, default_permissions }) {
  return defined({
    user,
    password: pass,
    token,
    users: users?.map(userOf),
    authTimeout: timeout === undefined ? undefined : timeout * 1000,
    defaultPermissions: default_permissions === undefined ? undefined : permissionsOf(default_permissions),
  });
}

/** @param {Config} user */
function userOf({ user, password, pass = password, nkey, permissions }) {
  return defined({
    user: user === undefined ? undefined : String(user),
    password: pass === undefined ? undefined : String(pass),
    nkey,
    permissions: permissions === undefined ? undefined : permissionsOf(permissions),
  });
}

/** @param {Config} permissions */
function permissionsOf({ publish, subscribe, allow_responses: responses }) {
  return defined({
    publish: publish === undefined ? undefined : allowOf(publish),
    subscribe: subscribe === undefined ? undefined : allowOf(subscribe),
    allowResponses:
      responses?.expires === undefined
        ? responses
        : { ...responses, expires: milliseconds(responses.expires) },
  });
}

const UNITS = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/**
 * A time as nats-server has it: a number with its unit, in quotes or not.
 *
 * @param {string | number} time
 */
function milliseconds(time) {
  if (typeof time === "number") return time;
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(time) ?? [];
  const factor = UNITS.get(unit);
  if (factor === undefined) throw new Error(`${time} is no time`);
  return Number(amount) * factor;
}

/** @param {any} value */
function allowOf(value) {
  if (typeof value === "string" || Array.isArray(value)) return value;
  return mapValues(value, (/** @type {string | string[]} */ list) => [list].flat());
}

/** @param {Config} tls */
function tlsOf({ cert_file, key_file, ca_file, verify, verify_and_map, handshake_first, timeout }) {
  const read = (/** @type {string | undefined} */ path) =>
    path === undefined ? undefined : readFileSync(path);
  return defined({
    cert: read(cert_file),
    key: read(key_file),
    ca: read(ca_file),
    verify: verify ?? verify_and_map,
    mapUsers: verify_and_map,
    handshakeFirst: handshake_first,
    timeout: timeout === undefined ? undefined : timeout * 1000,
  });
}

/** @param {Config} websocket */
function websocketOf({
  port,
  compression,
  tls,
  jwt_cookie,
  user_cookie,
  pass_cookie,
  token_cookie,
  no_auth_user,
  same_origin,
  allowed_origins,
}) {
  return defined({
    port: port === -1 ? 0 : port,
    compression,
    tls: tls === undefined ? undefined : tlsOf(tls),
    jwtCookie: jwt_cookie,
    userCookie: user_cookie,
    passwordCookie: pass_cookie,
    tokenCookie: token_cookie,
    noAuthUser: no_auth_user,
    sameOrigin: same_origin,
    allowedOrigins: allowed_origins,
  });
}

/**
 * @template T, U
 * @param {Record<string, T>} map
 * @param {(value: T) => U} convert
 */
function mapValues(map, convert) {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, convert(value)]));
}

/** @param {Record<string, unknown>} options */
function defined(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
