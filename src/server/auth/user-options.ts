import type { PermissionOptions } from "./permissions.ts";

/** A user of the server. */
export interface UserOptions {
  /** Its name, unique on the server. A user has either a name or an {@link nkey}. */
  readonly user?: string;
  /** In plain text, not hashed. @default an empty one */
  readonly password?: string;
  /** The public key of a user who signs in with its seed. */
  readonly nkey?: string;
  /** @default everything is allowed */
  readonly permissions?: PermissionOptions;
  /** The name of one of the accounts. @default the global account */
  readonly account?: string;
}

/** An account and its users. */
export interface AccountOptions {
  readonly users?: readonly Omit<UserOptions, "account">[];
}

/** Trust in an operator: users present JWTs that one of its accounts has signed. */
export interface OperatorOptions {
  /** The operator's JWT. */
  readonly operator: string;
  /** The JWTs of its accounts, which it or one of its signing keys has signed. */
  readonly accounts: readonly string[];
  /** The public key of the system account. @default that in the operator's JWT */
  readonly systemAccount?: string;
}
