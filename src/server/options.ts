import {
  aBoolean,
  aFunction,
  aString,
  type Check,
  type Checks,
  checkOptions,
  count,
  invalidOption,
  milliseconds,
} from "../core/checks.ts";
import { subjectsOf } from "./auth/check-subjects.ts";
import { anOperator, aPlainSecret, checkNames, userCheck } from "./auth/check-users.ts";
import type { PermissionOptions } from "./auth/permissions.ts";
import type { AccountOptions, UserOptions } from "./auth/user-options.ts";
import type { Pem, ServerOptions, ServerTlsOptions, ServerWebSocketOptions } from "./server-options.ts";

type Optional =
  | "name"
  | "user"
  | "password"
  | "token"
  | "noAuthUser"
  | "defaultPermissions"
  | "operator"
  | "tls"
  | "websocket"
  | "monitor"
  | "log"
  | "seed";

/** Options with every default filled in. */
export type ResolvedServerOptions = Required<Omit<ServerOptions, Optional | "lameDuck">> &
  Pick<ServerOptions, Optional> & {
    readonly lameDuck: { readonly gracePeriod: number; readonly duration: number };
  };

const aPort: Check<number> = (name, value) => {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535)
    return value as number;
  throw invalidOption(name, `it must be a port from 0 to 65535, not ${String(value)}`);
};

const aPem: Check<Pem> = (name, value) => {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  throw invalidOption(name, "it must be PEM text or bytes");
};

/** A function of the application's, which must not hurt the server. */
const aLog: Check<(line: string) => void> = (name, value) => {
  const log = (aFunction as Check<(line: string) => void>)(name, value);
  return (line) => {
    try {
      log(line);
    } catch {
      // There is nobody to tell.
    }
  };
};

const aWholeNumber: Check<number> = (name, value) => {
  if (Number.isSafeInteger(value)) return value as number;
  throw invalidOption(name, `it must be a whole number, not ${String(value)}`);
};

function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (name, value) => {
    if (!Array.isArray(value)) throw invalidOption(name, "it must be a list");
    return value.map((one, i) => check(`${name}[${i}]`, one));
  };
}

function some<T extends object>(checks: Checks<T>): Check<T> {
  return (name, value) => checkOptions(value as T, checks, name);
}

const strings = listOf(aString);

export const someConnectUrls: Check<readonly string[]> = strings;

const somePermissions = some<PermissionOptions>({
  publish: subjectsOf(1),
  subscribe: subjectsOf(2),
  allowResponses: (name, value) =>
    typeof value === "boolean"
      ? value
      : some<{ max?: number; expires?: number }>({ max: aWholeNumber, expires: milliseconds })(name, value),
});

const aUser = userCheck(somePermissions);

const someAccounts: Check<Readonly<Record<string, AccountOptions>>> = (name, value) => {
  if (typeof value !== "object" || value === null) throw invalidOption(name, "it must be an object");
  const account = some<AccountOptions>({ users: listOf(aUser) });
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, account(`${name}.${key}`, one)]));
};

const TLS: Checks<ServerTlsOptions> = {
  cert: aPem,
  key: aPem,
  ca: (name, value) => (Array.isArray(value) ? listOf(aPem)(name, value) : aPem(name, value)),
  verify: aBoolean,
  mapUsers: aBoolean,
  handshakeFirst: aBoolean,
  required: aBoolean,
  timeout: milliseconds,
};

type WebSocketTls = NonNullable<ServerWebSocketOptions["tls"]>;

function someTls<T extends WebSocketTls>(checks: Checks<T>): Check<T> {
  return (name, value) => {
    const tls: Partial<WebSocketTls> & T = some(checks)(name, value);
    if (tls.cert === undefined || tls.key === undefined) {
      throw invalidOption(name, "it needs a cert and a key");
    }
    if (tls.verify === true && tls.ca === undefined) {
      throw invalidOption(
        `${name}.verify`,
        "it needs the authorities that clients' certificates come from (ca)",
      );
    }
    return tls;
  };
}

const WEBSOCKET: Checks<ServerWebSocketOptions> = {
  host: aString,
  port: aPort,
  tls: someTls<WebSocketTls>({ cert: aPem, key: aPem, ca: TLS.ca, verify: aBoolean }),
  compression: aBoolean,
  noAuthUser: aString,
  jwtCookie: aString,
  userCookie: aString,
  passwordCookie: aString,
  tokenCookie: aString,
  sameOrigin: aBoolean,
  allowedOrigins: strings,
};

const CHECKS: Checks<ServerOptions> = {
  name: aString,
  host: aString,
  port: (name, value) => (value === false ? false : aPort(name, value)),
  user: aString,
  password: aPlainSecret,
  token: aPlainSecret,
  users: listOf(aUser),
  accounts: someAccounts,
  systemAccount: aString,
  noAuthUser: aString,
  defaultPermissions: somePermissions,
  operator: anOperator(strings),
  authTimeout: milliseconds,
  tls: someTls(TLS),
  websocket: some(WEBSOCKET),
  monitor: some<{ host?: string; port?: number }>({ host: aString, port: aPort }),
  maxPayload: count,
  maxControlLine: count,
  maxConnections: count,
  maxSubscriptions: count,
  maxPending: count,
  writeDeadline: milliseconds,
  pingInterval: milliseconds,
  maxPingsOut: count,
  headers: aBoolean,
  connectUrls: someConnectUrls,
  lameDuck: some<{ gracePeriod?: number; duration?: number }>({
    gracePeriod: milliseconds,
    duration: milliseconds,
  }),
  seed: aWholeNumber,
  log: aLog,
};

const NO_JETSTREAM = "not to be had: for JetStream run nats-server with -js";

/** What tests ask for, and this server has not. */
const ELSEWHERE = { jetstream: NO_JETSTREAM, js: NO_JETSTREAM };

/** Checked, copied, and with all defaults. Throws `INVALID_OPTION`. */
export function resolveServerOptions(given: ServerOptions): ResolvedServerOptions {
  const { lameDuck, ...options } = checkOptions(given, CHECKS, undefined, ELSEWHERE);
  checkTogether(options);
  return {
    host: "127.0.0.1",
    port: 0,
    users: [],
    accounts: {},
    systemAccount: "$SYS",
    authTimeout: options.tls === undefined ? 2000 : (options.tls.timeout ?? 2000) + 1000,
    maxPayload: 1024 * 1024,
    maxControlLine: 4096,
    maxConnections: 65_536,
    maxSubscriptions: -1,
    maxPending: 64 * 1024 * 1024,
    writeDeadline: 10_000,
    pingInterval: 120_000,
    maxPingsOut: 2,
    headers: true,
    connectUrls: [],
    ...options,
    lameDuck: { gracePeriod: 10_000, duration: 120_000, ...lameDuck },
  };
}

function checkTogether(options: ServerOptions): void {
  const { user, password, token, users = [], accounts = {}, operator } = options;
  const ways = [
    user === undefined ? undefined : "user",
    token === undefined ? undefined : "token",
    users.length + Object.keys(accounts).length === 0 ? undefined : "users",
    operator === undefined ? undefined : "operator",
  ].filter((way) => way !== undefined);
  if (ways.length > 1) throw invalidOption(ways[1]!, `it can't be together with "${ways[0]!}"`);
  if (operator !== undefined && options.systemAccount !== undefined) {
    throw invalidOption("systemAccount", 'with an operator it is "operator.systemAccount"');
  }
  if (password !== undefined && user === undefined) throw invalidOption("password", "it needs a user");
  checkUsers(options);
}

/** Whether each is there once, and whoever is named is there at all. */
function checkUsers({ users = [], accounts = {}, noAuthUser, websocket }: ServerOptions): void {
  const known = [...users, ...Object.values(accounts).flatMap(({ users: own = [] }) => own as UserOptions[])];
  checkNames(users.length > 0 ? "users" : "accounts", known);
  const names = new Set(known.flatMap((one) => [one.user, one.nkey]));
  const checkKnown = (option: string, name: string | undefined): void => {
    if (name !== undefined && !names.has(name)) {
      throw invalidOption(option, `there is no user ${JSON.stringify(name)}`);
    }
  };
  checkKnown("noAuthUser", noAuthUser);
  checkKnown("websocket.noAuthUser", websocket?.noAuthUser);
  for (const { account } of users) {
    if (account !== undefined && !(account in accounts)) {
      throw invalidOption("users", `there is no account ${JSON.stringify(account)}`);
    }
  }
}
