import type { NatsError } from "../errors.ts";
import type { AttemptSecrets } from "./attempt-secrets.ts";

/** What one attempt to connect shows the server; what is absent is not sent. */
export interface Credentials {
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** A user JWT. */
  readonly jwt?: string;
  /** The public nkey of a user. */
  readonly nkey?: string;
  /** Signs the server's nonce, for a JWT that is not a bearer's and for an nkey: the raw Ed25519 signature. */
  readonly sign?: (nonce: Uint8Array) => Uint8Array | PromiseLike<Uint8Array>;
}

/** What an authenticator is told of the attempt. */
export interface AuthContext {
  /** The server about to be dialled: its URL, without credentials. */
  readonly server: string;
  /** Counts from 1, anew for every outage, and when the first round over all servers has failed. */
  readonly attempt: number;
  /** Why the attempt before failed, or the link was lost. */
  readonly lastError: NatsError | undefined;
  /** Aborts when the time for the credentials is up, or the connection closes. */
  readonly signal: AbortSignal;
  /** Where copies of secrets go that nobody may need: they are wiped with the attempt. @internal */
  readonly secrets?: AttemptSecrets;
}

/**
 * Gives the credentials for an attempt to connect. It is asked anew for each, before the server is dialled, so that
 * they can be renewed; one that throws or rejects fails the attempt with `CREDENTIALS_FAILED`, and the next one asks
 * again.
 */
export interface Authenticator {
  (context: AuthContext): Credentials | PromiseLike<Credentials>;
  /** Its answer never changes: a server that refuses it twice in the same way ends the connection. */
  readonly isFixed?: boolean;
}
