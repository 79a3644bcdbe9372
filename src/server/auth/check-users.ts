import { aSecret, aString, type Check, type Checks, checkOptions, invalidOption } from "../../core/checks.ts";
import type { PermissionOptions } from "./permissions.ts";
import type { OperatorOptions, UserOptions } from "./user-options.ts";

/** A password or token as it is. nats-server takes hashes for them, too, and would not compare these letters. */
export const aPlainSecret: Check<string> = (name, value) => {
  const secret = aSecret(name, value);
  if (!/^\$2[abxy]\$\d{2}\$/.test(secret)) return secret;
  throw invalidOption(name, "it is a bcrypt hash, which this server can't check: give it what was hashed");
};

/** A user's public key, by its letters. */
const aPublicKey: Check<string> = (name, value) => {
  const key = aString(name, value);
  if (/^U[2-7A-Z]{55}$/.test(key)) return key;
  throw invalidOption(name, "it must be the public key of a user: U and 55 more letters");
};

/** A user, with permissions that this checks. */
export function userCheck(permissions: Check<PermissionOptions>): Check<UserOptions> {
  const checks: Checks<UserOptions> = {
    user: aString,
    password: aPlainSecret,
    nkey: aPublicKey,
    permissions,
    account: aString,
  };
  return (name, value) => {
    const user = checkOptions(value as UserOptions, checks, name);
    if ((user.user ?? "") === "" ? user.nkey === undefined : user.nkey !== undefined) {
      throw invalidOption(name, "it must have either a user or an nkey");
    }
    if (user.nkey !== undefined && user.password !== undefined) {
      throw invalidOption(name, "it has an nkey, and so no password");
    }
    return user;
  };
}

/** An operator, with all that it takes. */
export function anOperator(strings: Check<readonly string[]>): Check<OperatorOptions> {
  const checks: Checks<OperatorOptions> = { operator: aString, accounts: strings, systemAccount: aString };
  return (name, value) => {
    const options = checkOptions(value as Partial<OperatorOptions>, checks, name);
    const { operator, accounts } = options;
    if (operator === undefined) throw invalidOption(`${name}.operator`, "it is needed: the operator's JWT");
    if (accounts === undefined) {
      throw invalidOption(`${name}.accounts`, "it is needed: the JWTs of the operator's accounts");
    }
    return { ...options, operator, accounts };
  };
}

/** Refuses a second user of the same name, in whichever account. */
export function checkNames(option: string, users: readonly UserOptions[]): void {
  const names = new Set<string>();
  for (const { user, nkey } of users) {
    const name = user ?? nkey!;
    if (names.has(name)) throw invalidOption(option, `there is more than one user ${JSON.stringify(name)}`);
    names.add(name);
  }
}
