import type { Link, LinkKind } from "../link.ts";
import type { ConnectRequest } from "../protocol/connect-request.ts";
import type { Account } from "../routing/account.ts";
import type { Permissions } from "./permissions.ts";

/** What a client presents. */
export interface Login {
  readonly request: ConnectRequest;
  /** What it was asked to sign; empty if nothing. */
  readonly nonce: string;
  readonly link: Link;
}

/** Who a client is. */
export interface Identity {
  readonly account: Account;
  /** What the account is called, where it is known by a key. */
  readonly accountName?: string;
  /** As the monitor shows it; a token is not shown. */
  readonly user: string;
  /** What the user is called, where it is known by a key. */
  readonly userName?: string;
  /** Who answers for a user that is known by a key: the key that has signed its JWT, or else its account. */
  readonly issuerKey?: string;
  /** Of its JWT. */
  readonly tags?: readonly string[];
  /** Absent: everything is allowed. */
  readonly permissions?: Permissions | undefined;
  /** When the user is to go, in milliseconds since 1970. */
  readonly expires?: number;
  /** When all users of the account are to go, in milliseconds since 1970. */
  readonly accountExpires?: number;
  /** Subscriptions that it may have, if the server allows as many; -1 for no limit. */
  readonly maxSubscriptions?: number | undefined;
  /** Bytes that a message of it may have, if the server allows as many; -1 for no limit. */
  readonly maxPayload?: number | undefined;
}

/** Decides who may connect. */
export interface Authorizer {
  /** Whether credentials are wanted. */
  readonly isRequired: boolean;
  /** Whether clients are given something to sign. */
  readonly wantsNonce: boolean;
  /** Who connects without credentials by such a link; undefined where that is refused. */
  anonymous(kind: LinkKind): Identity | undefined;
  /** Undefined: it is refused. May throw a Violation that says more. */
  authorize(login: Login): Identity | undefined;
}
