import type { Account } from "../routing/account.ts";
import type { Accounts } from "./accounts.ts";
import type { Authorizer, Identity, Login } from "./authorizer.ts";
import { type Claims, isExpired, isOutOfTime, readJwt } from "./jwt.ts";
import type { VerifyNkey } from "./nkey-verifier.ts";
import { type PermissionOptions, Permissions } from "./permissions.ts";
import type { OperatorOptions } from "./user-options.ts";

/** An account's claims that matter when its users sign in. */
interface AccountClaims {
  readonly signing_keys?: readonly (string | { readonly key: string; readonly template?: UserClaims })[];
  readonly revocations?: Readonly<Record<string, number>>;
  readonly limits?: {
    readonly conn?: number;
    readonly subs?: number;
    readonly payload?: number;
    readonly disallow_bearer?: boolean;
  };
  readonly default_permissions?: SubjectClaims;
}

interface SubjectClaims {
  readonly pub?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly sub?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  /** `ttl` in nanoseconds. */
  readonly resp?: { readonly max: number; readonly ttl: number };
}

interface UserClaims extends SubjectClaims {
  readonly issuer_account?: string;
  readonly bearer_token?: boolean;
  readonly subs?: number;
  readonly payload?: number;
  readonly allowed_connection_types?: readonly string[];
}

interface TrustedAccount {
  readonly claims: Claims;
  readonly account: Account;
  readonly own: AccountClaims;
}

/** Knows users by the JWTs that accounts of one operator have signed for them. */
export class OperatorAuthorizer implements Authorizer {
  readonly isRequired = true;
  readonly wantsNonce = true;
  readonly #verify: VerifyNkey;
  readonly #trusted = new Map<string, TrustedAccount>();

  /** Throws if a JWT is not what it should be; `refuse` makes the error. */
  constructor(
    { operator, accounts: jwts }: OperatorOptions,
    accounts: Accounts,
    verify: VerifyNkey,
    refuse: (option: string, reason: string) => Error,
  ) {
    this.#verify = verify;
    const claims = readJwt(operator, verify);
    if (claims === undefined) throw refuse("operator.operator", "it is no valid JWT");
    const keys = new Set([claims.sub, ...((claims.nats["signing_keys"] ?? []) as string[])]);
    for (const [i, jwt] of jwts.entries()) {
      const account = readJwt(jwt, verify);
      if (account === undefined) throw refuse(`operator.accounts[${i}]`, "it is no valid JWT");
      if (!keys.has(account.iss)) {
        throw refuse(`operator.accounts[${i}]`, "it is not signed by the operator");
      }
      const own = account.nats as AccountClaims;
      this.#trusted.set(account.sub, {
        claims: account,
        account: accounts.get(account.sub, limitsOf(own)),
        own,
      });
    }
  }

  anonymous(): undefined {
    return undefined;
  }

  authorize({ request, nonce, link }: Login): Identity | undefined {
    const claims = readJwt(request.jwt, this.#verify);
    if (claims === undefined || isOutOfTime(claims, Date.now())) return undefined;
    const own = claims.nats as UserClaims;
    const trusted = this.#trusted.get(own.issuer_account ?? claims.iss);
    if (trusted === undefined || isExpired(trusted.claims, Date.now())) return undefined;
    const user = scoped(trusted, claims.iss, own);
    if (user === undefined || isRevoked(trusted.own, claims)) return undefined;
    if (!isConnectionAllowed(user, link.kind)) return undefined;
    const isBearer = user.bearer_token === true;
    if (isBearer && trusted.own.limits?.disallow_bearer === true) return undefined;
    if (!isBearer && !this.#verify(claims.sub, nonce, request.sig)) return undefined;
    return identityOf(trusted, claims, user);
  }
}

/** What a user may do by its own claims, or by those of the key that signed them; undefined if that key is unknown. */
function scoped({ claims, own }: TrustedAccount, issuer: string, user: UserClaims): UserClaims | undefined {
  if (issuer === claims.sub) return user;
  for (const key of own.signing_keys ?? []) {
    if (key === issuer) return user;
    if (typeof key === "object" && key.key === issuer) return { ...user, ...key.template };
  }
  return undefined;
}

/** Revocations name the time up to which a user's JWTs are void; `*` stands for all users. */
function isRevoked({ revocations = {} }: AccountClaims, { sub, iat }: Claims): boolean {
  return [revocations[sub], revocations["*"]].some((until) => until !== undefined && iat <= until);
}

function isConnectionAllowed({ allowed_connection_types: types = [] }: UserClaims, kind: string): boolean {
  if (types.length === 0) return true;
  const own = { tcp: "STANDARD", websocket: "WEBSOCKET", memory: "IN_PROCESS" }[kind];
  return types.some((type) => type.toUpperCase() === own);
}

function identityOf(
  { account, own, claims: ofAccount }: TrustedAccount,
  claims: Claims,
  user: UserClaims,
): Identity {
  const hasOwn = user.pub !== undefined || user.sub !== undefined || user.resp !== undefined;
  const permissions = permissionsOf(hasOwn ? user : (own.default_permissions ?? {}));
  const ends = [claims.exp, ofAccount.exp].filter((exp) => exp !== undefined && exp > 0) as number[];
  return {
    account,
    user: claims.sub,
    permissions: permissions === undefined ? undefined : new Permissions(permissions),
    expires: ends.length === 0 ? undefined : Math.min(...ends) * 1000,
    maxSubscriptions: smallest(user.subs, own.limits?.subs),
    maxPayload: smallest(user.payload, own.limits?.payload),
  };
}

function permissionsOf({ pub, sub, resp }: SubjectClaims): PermissionOptions | undefined {
  const isEmpty = (lists: SubjectClaims["pub"]): boolean =>
    (lists?.allow ?? []).length + (lists?.deny ?? []).length === 0;
  if (isEmpty(pub) && isEmpty(sub) && resp === undefined) return undefined;
  return {
    ...(isEmpty(pub) ? {} : { publish: pub! }),
    ...(isEmpty(sub) ? {} : { subscribe: sub! }),
    ...(resp === undefined ? {} : { allowResponses: { max: resp.max, expires: resp.ttl / 1e6 } }),
  };
}

/** The smaller of two limits, of which -1 is none. */
function smallest(...limits: (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined && limit >= 0) as number[];
  return set.length === 0 ? undefined : Math.min(...set);
}

function limitsOf({ limits }: AccountClaims): { connections?: number } {
  return limits?.conn === undefined ? {} : { connections: limits.conn };
}
