import type {
  ArgumentErrorCode,
  AuthenticationErrorCode,
  ConnectionErrorCode,
  PermissionErrorCode,
  ProtocolErrorCode,
  SubscriptionErrorCode,
} from "./error-codes.ts";
import type { SchemaIssue } from "./values/standard-schema.ts";

/**
 * As {@link NatsErrors}, of the entries of this package: each augments it. The register that applications augment must be
 * another one: of two augmentations by two names of a module TypeScript may lose one.
 *
 * @public
 */
export interface EntryErrors {}

/** Which class has which code. A package that builds on this one adds its own codes by augmenting this interface. */
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

/** All codes of this library's errors; `docs/errors.md` has the cause and the remedy of each. */
export type NatsErrorCode = keyof NatsErrors;

/** The part of making a connection that failed. */
export type ConnectPhase = "credentials" | "dns" | "tcp" | "tls" | "upgrade" | "info" | "auth";

/** One server that was tried while connecting, and how it ended. */
export interface ConnectAttempt {
  readonly server: string;
  readonly phase: ConnectPhase;
  readonly error: NatsError;
}

/** Facts about a failure beside its code; fields that don't apply are absent. */
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
  /** The phase of connecting that failed. */
  readonly phase?: ConnectPhase;
  /** Each server tried, in order. */
  readonly attempts?: readonly ConnectAttempt[];
  /** With `UPGRADE_REFUSED`: the HTTP status, and the beginning of the body. */
  readonly status?: number;
  readonly body?: string;
  /** With `INVALID_VALUE`: what is wrong, and where. */
  readonly issues?: readonly SchemaIssue[];
  /** Whether the message may have been sent, so that somebody may have processed it. */
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

/** A time limit was reached. */
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

/** A payload that does not decode to a valid value, or a value that can't be encoded. `cause` is what the codec threw. */
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
 * Whether `error` is an error of this library, from this or another copy of the package; with `code`, whether it has that
 * code. TypeScript then knows its class.
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
