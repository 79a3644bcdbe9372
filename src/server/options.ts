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
import type { AccountOptions, OperatorOptions, UserOptions } from "./auth/user-options.ts";

/** PEM text or bytes. */
export type Pem = string | Uint8Array;

/** How the server does TLS. Node, Bun and Deno. */
export interface ServerTlsOptions {
  /** Its certificate, with its chain. */
  readonly cert: Pem;
  readonly key: Pem;
  /** The authorities that client certificates must come from, with {@link verify}. */
  readonly ca?: Pem | readonly Pem[];
  /** Whether clients must show a certificate. @default false */
  readonly verify?: boolean;
  /**
   * Whether users are known by their certificates, with {@link verify}: by a mail address, a name or a URI in it, or its
   * whole subject (`CN=joe,O=acme`, in whichever order), whichever is the name of one of the users. A password that the
   * user has is asked for as well. Not over WebSocket. @default false
   */
  readonly mapUsers?: boolean;
  /** Whether TLS comes before INFO. @default false */
  readonly handshakeFirst?: boolean;
  /** Whether clients without TLS are turned away. @default true */
  readonly required?: boolean;
  /** Milliseconds that the handshake may take. @default 2000 */
  readonly timeout?: number;
}

/** A WebSocket listener beside that for TCP. Node, Bun and Deno. */
export interface ServerWebSocketOptions {
  /** @default the server's */
  readonly host?: string;
  /** 0 for any that is free. @default 0 */
  readonly port?: number;
  readonly tls?: Omit<ServerTlsOptions, "mapUsers" | "handshakeFirst" | "required" | "timeout">;
  /** Whether permessage-deflate is agreed to. @default false */
  readonly compression?: boolean;
  /** Who connects here without credentials. @default the server's */
  readonly noAuthUser?: string;
  /** Cookies that stand in for credentials which CONNECT doesn't name. */
  readonly jwtCookie?: string;
  readonly userCookie?: string;
  readonly passwordCookie?: string;
  readonly tokenCookie?: string;
  /** Whether the page's origin must be this host and port. @default false */
  readonly sameOrigin?: boolean;
  /** The only origins that pages may have. */
  readonly allowedOrigins?: readonly string[];
}

/** Options of `startServer`, under the names that nats-server's configuration has for them; times in milliseconds. */
export interface ServerOptions {
  /** @default the server's id */
  readonly name?: string;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0 for any that is free; `false` to listen nowhere, and be reached in memory only. @default 0 */
  readonly port?: number | false;
  /** One name and password for all; or {@link token}, {@link users}, {@link accounts}, {@link operator}. */
  readonly user?: string;
  /** As it is, not hashed; that goes for all passwords and tokens here. */
  readonly password?: string;
  /** One token for all. */
  readonly token?: string;
  readonly users?: readonly UserOptions[];
  /** Accounts with users, by name. */
  readonly accounts?: Readonly<Record<string, AccountOptions>>;
  /** The name of the account that `$SYS` subjects belong to; not with {@link operator}. @default "$SYS" */
  readonly systemAccount?: string;
  /** The user that clients without credentials are. */
  readonly noAuthUser?: string;
  /** Of users that have none of their own. */
  readonly defaultPermissions?: PermissionOptions;
  readonly operator?: OperatorOptions;
  /** Milliseconds that a client has to present its credentials. @default 2000; with TLS 1000 more than its timeout */
  readonly authTimeout?: number;
  readonly tls?: ServerTlsOptions;
  readonly websocket?: ServerWebSocketOptions;
  /** The monitoring page over HTTP: `/varz`, `/connz`, `/subsz`. Node, Bun and Deno. */
  readonly monitor?: { readonly host?: string; readonly port?: number };
  /** Bytes. @default 1048576 (1 MiB) */
  readonly maxPayload?: number;
  /** Bytes of an operation's arguments. @default 4096 */
  readonly maxControlLine?: number;
  /** @default 65536 */
  readonly maxConnections?: number;
  /** Of each client. @default no limit */
  readonly maxSubscriptions?: number;
  /** Bytes that may wait for a client; one that reads too slowly is cut off. @default 67108864 (64 MiB) */
  readonly maxPending?: number;
  /** Milliseconds that a write may take. @default 10000 */
  readonly writeDeadline?: number;
  /** Milliseconds between questions to a quiet client. @default 120000 */
  readonly pingInterval?: number;
  /** How many of them may go unanswered. @default 2 */
  readonly maxPingsOut?: number;
  /** Whether messages may have headers. @default true */
  readonly headers?: boolean;
  /** `host:port` of servers that clients are told of; {@link NatsServer.setConnectUrls} changes them. @default none */
  readonly connectUrls?: readonly string[];
  /**
   * Of {@link NatsServer.lameDuck}, in milliseconds: before the first connection is closed, and until the last is.
   *
   * @default gracePeriod 10000, duration 120000
   */
  readonly lameDuck?: { readonly gracePeriod?: number; readonly duration?: number };
  /** Makes what is left to chance (queue groups, faults) the same in each run. @default a random one */
  readonly seed?: number;
  /** Is called with a line for what the server notices; what it throws is ignored. */
  readonly log?: (line: string) => void;
}

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

/** Checked, copied, and with all defaults. Throws `INVALID_OPTION`. */
export function resolveServerOptions(given: ServerOptions): ResolvedServerOptions {
  const { lameDuck, ...options } = checkOptions(given, CHECKS);
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
