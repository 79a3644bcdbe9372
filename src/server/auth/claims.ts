// What JWTs claim under "nats", as far as this server uses it. Whoever signs them may have written anything: what is
// not of the types that nats-server reads is refused, as there.

/** Subjects that are allowed, and those of them that are not. */
export interface SubjectLists {
  readonly allow?: readonly string[] | null;
  readonly deny?: readonly string[] | null;
}

export interface PermissionClaims {
  readonly pub?: SubjectLists | null;
  readonly sub?: SubjectLists | null;
  /** `ttl` in nanoseconds. */
  readonly resp?: { readonly max?: number; readonly ttl?: number } | null;
}

/** From one time of the day to another, as `08:00:00`. */
export interface TimeRange {
  readonly start: string;
  readonly end: string;
}

/** What a user may do: by its own JWT, or by the scope of the key that has signed that. */
export interface UserTerms extends PermissionClaims {
  readonly subs?: number;
  readonly data?: number;
  readonly payload?: number;
  /** Networks that it may come from; a list in one string is separated by commas. */
  readonly src?: string | readonly string[] | null;
  readonly times?: readonly TimeRange[] | null;
  readonly times_location?: string;
  readonly bearer_token?: boolean;
  readonly proxy_required?: boolean;
  readonly allowed_connection_types?: readonly string[] | null;
}

export interface UserClaims extends UserTerms {
  /** The account, where one of its signing keys has signed. */
  readonly issuer_account?: string;
  readonly tags?: readonly string[] | null;
}

/** A signing key whose users may do what it says, and have no say of their own. */
interface Scope {
  readonly kind: "user_scope";
  readonly key: string;
  readonly template?: UserTerms | null;
}

export interface AccountClaims {
  readonly signing_keys?: readonly (string | Scope)[] | null;
  /** By user, or `*` for all: what was issued until then, in seconds since 1970, is void. */
  readonly revocations?: Readonly<Record<string, number>> | null;
  readonly limits?: {
    readonly conn?: number;
    readonly subs?: number;
    readonly payload?: number;
    readonly disallow_bearer?: boolean;
  } | null;
  readonly default_permissions?: PermissionClaims | null;
  readonly tags?: readonly string[] | null;
}

export interface OperatorClaims {
  readonly signing_keys?: readonly string[] | null;
  readonly system_account?: string;
  /** Whether accounts and users are signed by signing keys alone. */
  readonly strict_signing_key_usage?: boolean;
}

type Is = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Is>>;

const isText: Is = (value) => typeof value === "string";
const isFlag: Is = (value) => typeof value === "boolean";
const isCount: Is = (value) => Number.isInteger(value);
const isRecord: Is = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function isList(isOne: Is): Is {
  return (value) => Array.isArray(value) && value.every(isOne);
}

/** Of these types, as far as it is there. */
function has(shape: Shape): Is {
  return (value) =>
    isRecord(value) &&
    Object.entries(value as object).every(([name, one]) => {
      const is = Object.hasOwn(shape, name) ? shape[name] : undefined;
      return is === undefined || one === null || is(one);
    });
}

const LISTS = has({ allow: isList(isText), deny: isList(isText) });

const PERMISSIONS = { pub: LISTS, sub: LISTS, resp: has({ max: isCount, ttl: isCount }) };

const TERMS: Shape = {
  ...PERMISSIONS,
  subs: isCount,
  data: isCount,
  payload: isCount,
  src: (value) => isText(value) || isList(isText)(value),
  times: isList(has({ start: isText, end: isText })),
  times_location: isText,
  bearer_token: isFlag,
  proxy_required: isFlag,
  allowed_connection_types: isList(isText),
};

const USER = has({ ...TERMS, issuer_account: isText, tags: isList(isText) });

const isScope: Is = (value) => {
  const { kind, key, template } = value as Scope;
  return kind === "user_scope" && isText(key) && has(TERMS)(template ?? {});
};

const ACCOUNT = has({
  signing_keys: isList((one) => isText(one) || (isRecord(one) && isScope(one))),
  revocations: (value) => isRecord(value) && Object.values(value as object).every(isCount),
  limits: has({ conn: isCount, subs: isCount, payload: isCount, disallow_bearer: isFlag }),
  default_permissions: has(PERMISSIONS),
  tags: isList(isText),
});

const OPERATOR = has({
  signing_keys: isList(isText),
  system_account: isText,
  strict_signing_key_usage: isFlag,
});

export function isUser(nats: object): nats is UserClaims {
  return USER(nats);
}

export function isAccount(nats: object): nats is AccountClaims {
  return ACCOUNT(nats);
}

export function isOperator(nats: object): nats is OperatorClaims {
  return OPERATOR(nats);
}
