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
  /** As the monitor shows it; a token is not shown. */
  readonly user: string;
  /** Absent: everything is allowed. */
  readonly permissions?: Permissions | undefined;
  /** When the connection is to end, in milliseconds since 1970. */
  readonly expires?: number | undefined;
  /** Subscriptions that it may have; -1 for no limit. */
  readonly maxSubscriptions?: number | undefined;
  /** Bytes that a message of it may have; -1 for no limit. */
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
