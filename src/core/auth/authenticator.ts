import type { NatsError } from "../errors.ts";
import type { AttemptSecrets } from "./attempt-secrets.ts";

/** The credentials for one attempt to connect; absent fields are not sent. */
export interface Credentials {
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** A user JWT. */
  readonly jwt?: string;
  /** The public nkey of a user. */
  readonly nkey?: string;
  /** Signs the server's nonce and returns the raw Ed25519 signature: needed for an nkey, and for a JWT that is no bearer JWT. */
  readonly sign?: (nonce: Uint8Array) => Uint8Array | PromiseLike<Uint8Array>;
}

/** The attempt to connect, for an authenticator. */
export interface AuthContext {
  /** The URL of the server that is about to be dialled, without credentials. */
  readonly server: string;
  /** The number of the attempt. Starts at 1 for every outage, and again when the first round over all servers has failed. */
  readonly attempt: number;
  /** Why the attempt before failed, or why the link was lost. */
  readonly lastError: NatsError | undefined;
  /** Aborts when the time for the credentials is up, or when the connection closes. */
  readonly signal: AbortSignal;
  /** Where copies of secrets go that nobody may need: they are wiped with the attempt. @internal */
  readonly secrets?: AttemptSecrets;
}

/**
 * Returns the credentials for an attempt to connect. It is called for each attempt, before the server is dialled, so that
 * credentials can be renewed. If it throws or rejects, that attempt fails with `CREDENTIALS_FAILED`.
 */
export interface Authenticator {
  (context: AuthContext): Credentials | PromiseLike<Credentials>;
  /** Set if the answer never changes: then the connection ends when a server refuses it twice in the same way. */
  readonly isFixed?: boolean;
}
