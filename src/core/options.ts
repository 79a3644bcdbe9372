import {
  aBoolean,
  aFunction,
  aSecret,
  aSignal,
  aString,
  type Check,
  type Checks,
  checkOptions,
  count,
  invalidOption,
  limit,
  milliseconds,
  oneOf,
  wholeBetween,
  wrongValue,
} from "./checks.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { somePendingLimits } from "./call-options.ts";
import type { ConnectOptions, ReconnectOptions } from "./connect-options.ts";
import type { PendingLimits } from "./delivery/pending.ts";
import type { TlsOptions } from "./tls-options.ts";
import type { Dial, FormerNamesByCall } from "./transport.ts";
import { someWebSocketOptions } from "./websocket-options.ts";

type Handlers = "delayHandler" | "chooseServer";

/** Reconnect options with every default filled in. */
export type ResolvedReconnect = Required<Omit<ReconnectOptions, Handlers>> & Pick<ReconnectOptions, Handlers>;

type WithoutDefault =
  | "user"
  | "password"
  | "token"
  | "tls"
  | "websocket"
  | "localAddress"
  | "dial"
  | "signal";
type Converted = "servers" | "authenticator" | "reconnect" | "pending";

/** Options with every default filled in. */
export interface ResolvedOptions
  extends Required<Omit<ConnectOptions, WithoutDefault | Converted>>, Pick<ConnectOptions, WithoutDefault> {
  /** undefined: what the runtime connects to if nothing is said. */
  readonly servers: readonly string[] | undefined;
  readonly authenticators: readonly Authenticator[];
  /** undefined: a lost link closes the connection. */
  readonly reconnect: ResolvedReconnect | undefined;
  readonly pending: PendingLimits;
}

const DEFAULT_PENDING: PendingLimits = { messages: 512 * 1024, bytes: 64 * 1024 * 1024, onFull: "drop-new" };

const DEFAULT_RECONNECT: ResolvedReconnect = {
  maxAttempts: Infinity,
  delay: 100,
  maxDelay: 5000,
  jitter: 0.5,
  jitterTls: 1,
  firstConnect: false,
};

const fraction: Check<number> = (name, value) => {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw wrongValue(name, "from 0 to 1", value);
};

const RECONNECT: Checks<ReconnectOptions> = {
  maxAttempts: limit,
  delay: milliseconds,
  maxDelay: milliseconds,
  jitter: fraction,
  jitterTls: fraction,
  delayHandler: aFunction as Check<NonNullable<ReconnectOptions["delayHandler"]>>,
  chooseServer: aFunction as unknown as Check<NonNullable<ReconnectOptions["chooseServer"]>>,
  firstConnect: (name, value) => (value === "background" ? value : aBoolean(name, value)),
};

/** URLs as a list or with commas, without what is empty. */
export const serverList: Check<readonly string[]> = (name, value) => {
  if (typeof value !== "string" && !Array.isArray(value))
    throw wrongValue(name, "a URL or a list of URLs, as text", value);
  const list: unknown[] = typeof value === "string" ? value.split(",") : value;
  const urls = list.map((url) => aString(name, url).trim()).filter((url) => url !== "");
  if (urls.length === 0)
    throw invalidOption(name, Array.isArray(value) ? "the list is empty" : "it is empty");
  if (typeof value === "string" && isSplitInUserInfo(urls))
    throw invalidOption(
      name,
      "a comma separates servers, which need a scheme (nats://) with user info; in user info it is %2C",
    );
  return urls;
};

/** Of servers in one string, what follows a comma and has user info and no scheme may be the rest of a password. */
function isSplitInUserInfo(urls: readonly string[]): boolean {
  return urls.slice(1).some((url) => url.includes("@") && !url.includes("://"));
}

// INBOX: a prefix is followed by a dot and an id, and must be publishable (OPT-25).
export const anInboxPrefix: Check<string> = (name, value) => {
  const prefix = aString(name, value);
  const isValid = prefix.split(".").every((token) => /^[^\s*>\p{Cc}\p{Surrogate}]+$/u.test(token));
  if (!isValid)
    throw invalidOption(
      name,
      `${JSON.stringify(prefix)} has an empty token, a wildcard, white space, a control character or half of a surrogate pair`,
    );
  return prefix;
};

/** A secret, or what is asked for it. */
const aToken: Check<NonNullable<ConnectOptions["token"]>> = (name, value) =>
  typeof value === "function" ? (value as () => string) : aSecret(name, value);

const someAuthenticators: Check<readonly Authenticator[]> = (name, value) => {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one) => aFunction(name, one) as unknown as Authenticator);
};

// A copy; what it may hold is for the runtime to say, see `Platform.checkTls`.
const someTls: Check<boolean | TlsOptions> = (name, value) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? { ...(value as TlsOptions) }
    : aBoolean(name, value);

const CONNECT: Checks<ConnectOptions> = {
  servers: serverList,
  name: aString,
  user: (name, value) => (typeof value === "function" ? (value as () => string) : aString(name, value)),
  password: aToken,
  token: aToken,
  authenticator: someAuthenticators,
  tls: someTls,
  websocket: someWebSocketOptions,
  randomize: aBoolean,
  discoverServers: aBoolean,
  lameDuck: oneOf("move", "stay"),
  localAddress: aString,
  dial: aFunction as Check<Dial>,
  timeout: milliseconds,
  signal: aSignal,
  reconnect: (name, value) =>
    typeof value === "object"
      ? checkOptions(value as ReconnectOptions, RECONNECT, name)
      : aBoolean(name, value),
  whileDisconnected: oneOf("buffer", "throw", "drop"),
  reconnectBufferSize: count,
  highWaterMark: count,
  maxPendingBytes: count,
  maxControlLine: wholeBetween(256, 1024 * 1024),
  pending: somePendingLimits,
  pingInterval: milliseconds,
  maxPingsOut: count,
  requestTimeout: milliseconds,
  disposeTimeout: milliseconds,
  inboxPrefix: anInboxPrefix,
  echo: aBoolean,
  warnings: aBoolean,
  verbose: aBoolean,
  pedantic: aBoolean,
};

/** The options of `connect`, checked, copied, and with all defaults. Throws `INVALID_OPTION`. */
export function resolveOptions(given: ConnectOptions, former?: FormerNamesByCall): ResolvedOptions {
  const options = checkOptions(given, CONNECT, undefined, former?.connect);
  if (options.password !== undefined && options.user === undefined) {
    throw invalidOption("password", "it needs a user");
  }
  const { servers, authenticator, reconnect, pending, ...rest } = options;
  const urls = servers as readonly string[] | undefined;
  return {
    name: "",
    randomize: true,
    discoverServers: true,
    lameDuck: "move",
    timeout: 2000,
    whileDisconnected: "buffer",
    reconnectBufferSize: 8 * 1024 * 1024,
    highWaterMark: 1024 * 1024,
    maxPendingBytes: 256 * 1024 * 1024,
    maxControlLine: 4096,
    pingInterval: 30_000,
    maxPingsOut: 2,
    requestTimeout: 5000,
    disposeTimeout: 5000,
    inboxPrefix: "_INBOX",
    echo: true,
    warnings: true,
    verbose: false,
    pedantic: false,
    ...rest,
    servers: urls,
    authenticators: (authenticator as readonly Authenticator[] | undefined) ?? [],
    reconnect:
      reconnect === false ? undefined : { ...DEFAULT_RECONNECT, ...(reconnect === true ? {} : reconnect) },
    pending: { ...DEFAULT_PENDING, ...pending },
  };
}
