import type { Link, LinkKind } from "../link.ts";
import type { Account } from "../routing/account.ts";
import type { Accounts } from "./accounts.ts";
import type { Authorizer, Identity, Login } from "./authorizer.ts";
import { areSubjectsValid, permissionsOf } from "./claimed-permissions.ts";
import { isUser, type UserClaims, type UserTerms } from "./claims.ts";
import { isTime, isZone, timeLeft } from "./connect-times.ts";
import { type Claims, endOf, isOutOfTime, readJwt } from "./jwt.ts";
import type { VerifyNkey } from "./nkey-verifier.ts";
import { termsOfScope } from "./scope.ts";
import { smallerLimit } from "./smaller-limit.ts";
import { isFrom, isNetwork } from "./source-network.ts";
import type { Trust, TrustedAccount } from "./trust.ts";

/** A user's JWT, and the account that answers for it. */
interface User {
  readonly claims: Claims;
  readonly own: UserClaims;
  readonly trusted: TrustedAccount;
}

/** Knows users by the JWTs that accounts of one operator have signed for them. */
export class OperatorAuthorizer implements Authorizer {
  readonly isRequired = true;
  readonly wantsNonce = true;
  readonly #verify: VerifyNkey;
  readonly #trust: Trust;
  readonly #accounts: Accounts;

  constructor(trust: Trust, accounts: Accounts, verify: VerifyNkey) {
    this.#trust = trust;
    this.#accounts = accounts;
    this.#verify = verify;
    for (const [key, { own }] of trust.accounts) {
      // What an account's JWT leaves out is zero: nobody (nats-server 2.15).
      accounts.get(key, { connections: own.limits?.conn ?? 0 });
    }
  }

  anonymous(): undefined {
    return undefined;
  }

  authorize({ request, nonce, link }: Login): Identity | undefined {
    const now = Date.now();
    const user = this.#read(request.jwt, now);
    if (user === undefined) return undefined;
    const { claims, own, trusted } = user;
    const terms = termsOf(trusted, claims, own);
    if (terms === undefined || !isWayAllowed(terms, link)) return undefined;
    if (!this.#isProven(trusted, claims, terms, { nonce, signature: request.sig })) return undefined;
    const left = timeLeft(terms.times ?? [], terms.times_location ?? "", now);
    if (left === undefined) return undefined;
    const account = this.#accounts.get(trusted.claims.sub);
    const expires = Math.min(endOf(claims), now + left);
    return {
      ...identityOf(account, trusted, claims, terms),
      tags: own.tags ?? [],
      ...(expires === Infinity ? {} : { expires }),
    };
  }

  /** The JWT of a user of one of the accounts, for as long as both are in force. */
  #read(jwt: string, now: number): User | undefined {
    const claims = readJwt(jwt, "user", this.#verify);
    if (claims === undefined || isOutOfTime(claims, now)) return undefined;
    const own = claims.nats;
    if (!isUser(own) || !areTermsValid(own)) return undefined;
    const trusted = this.#trust.accounts.get(own.issuer_account || claims.iss);
    if (trusted === undefined || !isInForce(trusted, now) || isRevoked(trusted, claims)) return undefined;
    return { claims, own, trusted };
  }

  /** A signature, or a JWT that is enough by itself, unless the account wants none of those. */
  #isProven(
    { own }: TrustedAccount,
    { sub }: Claims,
    { bearer_token: isBearer = false }: UserTerms,
    { nonce, signature }: { nonce: string; signature: string },
  ): boolean {
    if (isBearer) return own.limits?.disallow_bearer !== true;
    return this.#verify(sub, nonce, signature);
  }
}

/** Whether a user's own terms can be kept to; otherwise its JWT counts for nothing. */
function areTermsValid(terms: UserTerms): boolean {
  return (
    // No proxy is trusted here.
    terms.proxy_required !== true &&
    areSubjectsValid(terms) &&
    sourcesOf(terms).every(isNetwork) &&
    (terms.times ?? []).every(({ start, end }) => isTime(start) && isTime(end)) &&
    isZone(terms.times_location ?? "")
  );
}

/** What a user may do, by its own JWT or by the scope of the key that signed it; undefined if it is to be refused. */
function termsOf(
  { claims: account, own, signsItself }: TrustedAccount,
  { iss, name, sub }: Claims,
  user: UserClaims,
): UserTerms | undefined {
  if (iss === account.sub) return signsItself ? user : undefined;
  for (const key of own.signing_keys ?? []) {
    if (key === iss) return user;
    if (typeof key === "string" || key.key !== iss) continue;
    return termsOfScope(key.template ?? {}, user, {
      userName: name,
      userKey: sub,
      userTags: user.tags ?? [],
      accountName: account.name,
      accountKey: account.sub,
      accountTags: own.tags ?? [],
    });
  }
  return undefined;
}

/** Revocations name the time up to which a user's JWTs are void; `*` stands for all users. */
function isRevoked({ own }: TrustedAccount, { sub, iat }: Claims): boolean {
  const revocations = own.revocations ?? {};
  return [revocations[sub], revocations["*"]].some((until) => until !== undefined && iat <= until);
}

/** Up to the second in which it ends, unlike a user's JWT (nats-server 2.15). */
function isInForce({ claims }: TrustedAccount, now: number): boolean {
  return now < endOf(claims) && !isOutOfTime(claims, now);
}

function isWayAllowed(terms: UserTerms, { kind, host }: Link): boolean {
  const sources = sourcesOf(terms);
  return isConnectionAllowed(terms, kind) && (sources.length === 0 || isFrom(host, sources));
}

function isConnectionAllowed({ allowed_connection_types: types }: UserTerms, kind: LinkKind): boolean {
  if ((types ?? []).length === 0) return true;
  const own = { tcp: "STANDARD", websocket: "WEBSOCKET", memory: "IN_PROCESS" }[kind];
  return types!.some((type) => type.toUpperCase() === own);
}

function sourcesOf({ src }: UserTerms): readonly string[] {
  if (typeof src !== "string") return src ?? [];
  return src
    .toLowerCase()
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function identityOf(
  account: Account,
  { claims: trusted, own }: TrustedAccount,
  claims: Claims,
  terms: UserTerms,
): Identity {
  return {
    account,
    accountName: trusted.name || account.name,
    ...(trusted.exp > 0 ? { accountExpires: endOf(trusted) } : {}),
    user: claims.sub,
    userName: claims.name,
    issuerKey: claims.iss,
    permissions: permissionsOf(terms) ?? permissionsOf(own.default_permissions ?? {}),
    // What a JWT leaves out is zero: nothing (nats-server 2.15).
    maxSubscriptions: smallerLimit(terms.subs ?? 0, own.limits?.subs ?? 0),
    maxPayload: smallerLimit(terms.payload ?? 0, own.limits?.payload ?? 0),
  };
}
