import { type AccountClaims, isAccount, isOperator } from "./claims.ts";
import { areSubjectsValid } from "./claimed-permissions.ts";
import { type Claims, readJwt } from "./jwt.ts";
import type { VerifyNkey } from "./nkey-verifier.ts";
import type { OperatorOptions } from "./user-options.ts";

/** An account that the operator has signed for. */
export interface TrustedAccount {
  readonly claims: Claims;
  readonly own: AccountClaims;
  /** Whether users may be signed by the account's own key, and not by its signing keys alone. */
  readonly signsItself: boolean;
}

/** Whom a server with an operator trusts. */
export interface Trust {
  /** By public key. */
  readonly accounts: ReadonlyMap<string, TrustedAccount>;
  /** The public key of the system account; undefined if there is none. */
  readonly systemAccount: string | undefined;
}

/** Makes the error for an option that can't be used. */
type Refuse = (option: string, reason: string) => Error;

/** Reads what an operator has signed. Throws if a JWT is not what it should be. */
export function readTrust(options: OperatorOptions, verify: VerifyNkey, refuse: Refuse): Trust {
  const { keys, isStrict, systemAccount } = readOperator(options, verify, refuse);
  const accounts = new Map<string, TrustedAccount>();
  for (const [i, jwt] of options.accounts.entries()) {
    const account = readAccount(jwt, verify, (reason) => refuse(`operator.accounts[${i}]`, reason));
    if (!keys.has(account.claims.iss)) {
      throw refuse(`operator.accounts[${i}]`, "it is not signed by the operator");
    }
    accounts.set(account.claims.sub, { ...account, signsItself: !isStrict });
  }
  return { accounts, systemAccount };
}

function readOperator(
  { operator, systemAccount }: OperatorOptions,
  verify: VerifyNkey,
  refuse: Refuse,
): { keys: ReadonlySet<string>; isStrict: boolean; systemAccount: string | undefined } {
  const claims = readJwt(operator, "operator", verify);
  if (claims === undefined || !isOperator(claims.nats)) {
    throw refuse("operator.operator", "it is no valid JWT of an operator");
  }
  const { signing_keys: more, strict_signing_key_usage: strict, system_account: claimed } = claims.nats;
  if (systemAccount !== undefined && (claimed || systemAccount) !== systemAccount) {
    throw refuse("operator.systemAccount", "it is another than that in the operator's JWT");
  }
  const isStrict = strict === true;
  const keys = new Set([...(isStrict ? [] : [claims.sub]), ...(more ?? [])]);
  return { keys, isStrict, systemAccount: systemAccount ?? (claimed || undefined) };
}

function readAccount(
  jwt: string,
  verify: VerifyNkey,
  refuse: (reason: string) => Error,
): Pick<TrustedAccount, "claims" | "own"> {
  const claims = readJwt(jwt, "account", verify);
  if (claims === undefined || !isAccount(claims.nats)) throw refuse("it is no valid JWT of an account");
  if (!areSubjectsValid(claims.nats.default_permissions ?? {})) {
    throw refuse("its default permissions name what is no subject");
  }
  return { claims, own: claims.nats };
}
