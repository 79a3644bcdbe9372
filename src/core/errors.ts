import type { SchemaIssue } from "./values/standard-schema.ts";

/** The call itself is wrong: nothing was written, and repeating it unchanged fails again. */
export const argumentErrorCodes = [
  "INVALID_SUBJECT",
  "INVALID_QUEUE",
  "INVALID_HEADER",
  "INVALID_PAYLOAD",
  "INVALID_OPTION",
  "INVALID_SERVER_URL",
  "INVALID_JSON",
  "MAX_PAYLOAD_EXCEEDED",
  "HEADERS_NOT_SUPPORTED",
  "ECHO_NOT_SUPPORTED",
  "MESSAGE_WITHOUT_REPLY",
] as const;

/** The link to the server is not there, or could not be made. */
export const connectionErrorCodes = [
  "NO_SERVERS",
  "DNS_FAILED",
  "CONNECTION_REFUSED",
  "DIAL_FAILED",
  "CONNECT_TIMEOUT",
  "TLS_REQUIRED",
  "TLS_NOT_AVAILABLE",
  "TLS_FAILED",
  "UPGRADE_REFUSED",
  "DISCONNECTED",
  "STALE_CONNECTION",
  "CHUNK_NOT_LOADED",
  "MAX_CONNECTIONS_EXCEEDED",
  "OUTBOUND_LIMIT_EXCEEDED",
  "CONNECTION_DRAINING",
  "CONNECTION_CLOSED",
  "SERVER_ERROR",
] as const;

/** The server does not accept who the client says it is, or the client has nothing to say. */
export const authenticationErrorCodes = [
  "AUTHORIZATION_VIOLATION",
  "AUTHENTICATION_EXPIRED",
  "AUTHENTICATION_REVOKED",
  "AUTHENTICATION_TIMEOUT",
  "ACCOUNT_AUTHENTICATION_EXPIRED",
  "INVALID_CREDENTIALS",
  "CREDENTIALS_FAILED",
  "NKEYS_NOT_SUPPORTED",
] as const;

/** The server knows the client, and forbids this subject. */
export const permissionErrorCodes = ["PUBLISH_DENIED", "SUBSCRIBE_DENIED"] as const;

/** The peer does not speak the NATS protocol as written. */
export const protocolErrorCodes = [
  "NOT_A_NATS_SERVER",
  "TEXT_FRAME",
  "MALFORMED_OPERATION",
  "MALFORMED_HEADERS",
  "LINE_TOO_LONG",
  "PAYLOAD_TOO_LARGE",
] as const;

/** Something that waited ends without what it waited for. */
export const waitErrorCodes = ["TIMEOUT", "ABORTED", "NO_RESPONDERS"] as const;

/** A payload is not what its schema says, or a value makes no payload. */
export const valueErrorCodes = ["INVALID_VALUE"] as const;

/** A subscription can not give what was asked of it, or the application's handler failed. */
export const subscriptionErrorCodes = [
  "SUBSCRIPTION_CLOSED",
  "SUBSCRIPTION_HAS_CALLBACK",
  "MAX_MESSAGES_DELIVERED",
  "SLOW_CONSUMER",
  "HANDLER_FAILED",
  "LISTENER_FAILED",
] as const;

/** The codes of {@link ArgumentError}. */
export type ArgumentErrorCode = (typeof argumentErrorCodes)[number];

/** The codes of {@link ConnectionError}. */
export type ConnectionErrorCode = (typeof connectionErrorCodes)[number];

/** The codes of {@link AuthenticationError}. */
export type AuthenticationErrorCode = (typeof authenticationErrorCodes)[number];

/** The codes of {@link PermissionError}. */
export type PermissionErrorCode = (typeof permissionErrorCodes)[number];

/** The codes of {@link ProtocolError}. */
export type ProtocolErrorCode = (typeof protocolErrorCodes)[number];

/** The codes of {@link SubscriptionError}. */
export type SubscriptionErrorCode = (typeof subscriptionErrorCodes)[number];

/**
 * As {@link NatsErrors}, of the entries of this package: each augments it. The register that applications augment must be
 * another one: of two augmentations by two names of a module TypeScript may lose one.
 */
export interface EntryErrors {}

/** Which class has which code. A package built on this one adds its own codes by augmenting this interface. */
export interface NatsErrors
  extends
    EntryErrors,
    Record<ArgumentErrorCode, ArgumentError>,
    Record<ConnectionErrorCode, ConnectionError>,
    Record<AuthenticationErrorCode, AuthenticationError>,
    Record<PermissionErrorCode, PermissionError>,
    Record<ProtocolErrorCode, ProtocolError>,
    Record<SubscriptionErrorCode, SubscriptionError> {
  TIMEOUT: TimeoutError;
  ABORTED: AbortError;
  NO_RESPONDERS: NoRespondersError;
  INVALID_VALUE: ValueError;
}

/** Every code that an error of this library can carry; `docs/errors.md` has the cause and the remedy of each. */
export type NatsErrorCode = keyof NatsErrors;

/** The part of making a connection that failed. */
export type ConnectPhase = "credentials" | "dns" | "tcp" | "tls" | "upgrade" | "info" | "auth";

/** One server that was tried while connecting, and how it ended. */
export interface ConnectAttempt {
  readonly server: string;
  readonly phase: ConnectPhase;
  readonly error: NatsError;
}

/** What is known about a failure beside its code; fields that don't apply are absent. */
export interface ErrorFacts {
  readonly cause?: unknown;
  /** The subject of the publish, request or subscription concerned. */
  readonly subject?: string | undefined;
  /** The queue group concerned. */
  readonly queue?: string | undefined;
  /** The option, argument or file at fault. */
  readonly argument?: string;
  /** The server's URL, without credentials. */
  readonly server?: string | undefined;
  /** Milliseconds since the operation began. */
  readonly elapsed?: number;
  /** What was being done to the server when connecting failed. */
  readonly phase?: ConnectPhase;
  /** Each server tried, in order. */
  readonly attempts?: readonly ConnectAttempt[];
  /** With `UPGRADE_REFUSED`: the HTTP status, and the beginning of the body. */
  readonly status?: number;
  readonly body?: string;
  /** With `INVALID_VALUE`: what is wrong, and where. */
  readonly issues?: readonly SchemaIssue[];
  /** Whether the message had been handed to the connection, so that it may have been processed. */
  readonly sent?: boolean;
}

// Registered, not unique: two copies of the package in one process recognise each other's errors.
const brand = Symbol.for("natspeed.error");

/** The base of every error that this library throws, rejects with or reports. */
export class NatsError<Code extends NatsErrorCode = NatsErrorCode> extends Error {
  override readonly name: string = "NatsError";
  readonly code: Code;
  declare readonly subject?: string;
  declare readonly queue?: string;
  declare readonly argument?: string;
  declare readonly server?: string;
  declare readonly elapsed?: number;
  declare readonly phase?: ConnectPhase;
  declare readonly attempts?: readonly ConnectAttempt[];
  declare readonly sent?: boolean;

  constructor(code: Code, message: string, facts: ErrorFacts = {}) {
    super(message);
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
    this.add(facts);
  }

  /** Adds facts that become known on the error's way; those that are there stay. @internal */
  add(facts: ErrorFacts): this {
    // Only what is known becomes a property, so that printing an error shows no empty fields.
    for (const [fact, value] of Object.entries(facts)) {
      if (value === undefined || Object.hasOwn(this, fact)) continue;
      const enumerable = fact !== "cause";
      Object.defineProperty(this, fact, { value, enumerable, writable: true, configurable: true });
    }
    return this;
  }

  /** What a structured logger writes: `JSON.stringify` of a plain Error gives `{}`. */
  toJSON(): Record<string, unknown> {
    const cause = this.cause instanceof Error ? this.cause.message : this.cause;
    const known = { ...(this as object), name: this.name, message: this.message };
    return cause === undefined ? known : { ...known, cause };
  }
}

/** A wrong argument or option. */
export class ArgumentError extends NatsError<ArgumentErrorCode> {
  override readonly name = "ArgumentError";
}

/** No link to a server. */
export class ConnectionError extends NatsError<ConnectionErrorCode> {
  override readonly name = "ConnectionError";
  /** With `UPGRADE_REFUSED`: the HTTP status of the answer. */
  declare readonly status?: number;
  /** With `UPGRADE_REFUSED`: how the body of the answer begins. */
  declare readonly body?: string;
}

/** Credentials refused. */
export class AuthenticationError extends NatsError<AuthenticationErrorCode> {
  override readonly name = "AuthenticationError";
}

/** A subject refused. */
export class PermissionError extends NatsError<PermissionErrorCode> {
  override readonly name = "PermissionError";
}

/** A peer that breaks the protocol. */
export class ProtocolError extends NatsError<ProtocolErrorCode> {
  override readonly name = "ProtocolError";
}

/** A limit of time was reached. */
export class TimeoutError extends NatsError<"TIMEOUT"> {
  override readonly name = "TimeoutError";
  constructor(message: string, facts?: ErrorFacts) {
    super("TIMEOUT", message, facts);
  }
}

/** The caller's signal ended the wait; its reason is the `cause`. */
export class AbortError extends NatsError<"ABORTED"> {
  override readonly name = "AbortError";
  constructor(message: string, facts?: ErrorFacts) {
    super("ABORTED", message, facts);
  }
}

/** Nobody subscribes to the subject of a request; the server said so at once. */
export class NoRespondersError extends NatsError<"NO_RESPONDERS"> {
  override readonly name = "NoRespondersError";
  constructor(subject: string, facts?: ErrorFacts) {
    super("NO_RESPONDERS", `no responders for a request to "${subject}"`, { ...facts, subject });
  }
}

/** A payload that is no such value, or a value that makes no payload; `cause` is what a codec or the parser threw. */
export class ValueError extends NatsError<"INVALID_VALUE"> {
  override readonly name = "ValueError";
  /** What is wrong, and where in the value. */
  declare readonly issues: readonly SchemaIssue[];
  constructor(message: string, issues: readonly SchemaIssue[], facts?: ErrorFacts) {
    super("INVALID_VALUE", message, { ...facts, issues });
  }
}

/** A subscription that ended or failed. */
export class SubscriptionError extends NatsError<SubscriptionErrorCode> {
  override readonly name = "SubscriptionError";
}

/**
 * Whether `error` is one of this library's, also one of another copy of the package, and of that code if one is named:
 * it is then known to be of the class that has the code.
 *
 * @example
 * ```ts
 * import { connect, isNatsError } from "natspeed";
 *
 * const nc = await connect();
 * try {
 *   await nc.request("time", undefined, { timeout: 200 });
 * } catch (error) {
 *   if (!isNatsError(error, "NO_RESPONDERS")) throw error;
 * }
 * await nc.close();
 * ```
 */
export function isNatsError(error: unknown): error is NatsError;
export function isNatsError<Code extends NatsErrorCode>(
  error: unknown,
  code: Code,
): error is NatsErrors[Code] & { readonly code: Code };
export function isNatsError(error: unknown, code?: NatsErrorCode): boolean {
  if (typeof error !== "object" || error === null) return false;
  if ((error as { [brand]?: unknown })[brand] !== true) return false;
  return code === undefined || (error as NatsError).code === code;
}

/** Anything thrown, as an Error: application code may throw strings and `undefined`. */
export function toError(thrown: unknown): Error {
  try {
    if (!(thrown instanceof Error)) return new Error(String(thrown));
    const message = thrown.message as unknown;
    // Anybody may write anything there.
    return typeof message === "string" ? thrown : new Error(String(message), { cause: thrown });
  } catch {
    return new Error("something without a text form was thrown");
  }
}
