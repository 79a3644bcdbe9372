import { type EncodingOptions, encodeAccount, encodeOperator, encodeUser, fmtCreds } from "@nats-io/jwt";
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";
import type { Connection } from "../../src/index.ts";
import { native } from "./native-keys.ts";
import type { RunningServer } from "./nats-server.ts";

const UNLIMITED = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};

/** Of a user. */
const NO_LIMITS = { subs: -1, data: -1, payload: -1 };

/** Keys that may sign for a user: the account's, one of its signing keys, one with a scope, or nobody's. */
type UserSigner = "account" | "signing key" | "scope" | "stranger";

export interface UserOptions {
  /** @default "U" */
  readonly name?: string;
  /** Seconds from now, negative for the past: when it ends to be good. */
  readonly expiresIn?: number;
  /** Seconds from now: when it begins to be good. */
  readonly validIn?: number;
  /** Whether the JWT alone is enough, without a signature. */
  readonly isBearer?: boolean;
  /** The keys of an earlier user, whose JWT this one renews. */
  readonly keys?: KeyPair;
  /** What else the JWT claims; of a user that no scope is for, in place of no limits. */
  readonly claims?: Claimed;
  /** @default "account" */
  readonly signedBy?: UserSigner;
}

/** What is written under "nats"; anything, since much of it is to be refused. */
export type Claimed = Readonly<Record<string, unknown>>;

export interface AccountOptions {
  /** Users that are refused. */
  readonly revoked?: readonly OperatorUser[];
  /** What else the account's JWT claims. */
  readonly claims?: Claimed;
  /** What the users of the key with a scope may do. @default anything */
  readonly template?: Claimed;
  /** Seconds from now: when the account ends. */
  readonly expiresIn?: number;
  /** Who signs for the account: the operator, its signing key, or nobody that it knows. @default "operator" */
  readonly signedBy?: "operator" | "signing key" | "stranger";
  /** Whether the operator wants its signing keys to be used. @default false */
  readonly isStrict?: boolean;
  /** More lines of the configuration. */
  readonly settings?: string;
}

/** A user of an account, in every form in which a client may have it. */
export interface OperatorUser {
  readonly keys: KeyPair;
  readonly publicKey: string;
  readonly seed: string;
  readonly jwt: string;
  /** What nsc would write into a credentials file. */
  readonly creds: string;
}

/** An operator with one account for users, made anew; its server is configured by `config`. */
export class Operator {
  readonly #keys = native(createOperator());
  readonly #signingKeys = native(createOperator());
  readonly #account = native(createAccount());
  readonly #systemAccount = native(createAccount());
  readonly #signers: Readonly<Record<UserSigner, KeyPair>> = {
    account: this.#account,
    "signing key": native(createAccount()),
    scope: native(createAccount()),
    stranger: native(createAccount()),
  };
  #jwt = "";
  #strictJwt = "";
  #systemJwt = "";

  static async create(): Promise<Operator> {
    const operator = new Operator();
    const claims = {
      system_account: operator.#systemAccount.getPublicKey(),
      signing_keys: [operator.#signingKeys.getPublicKey()],
    };
    operator.#jwt = await encodeOperator("O", operator.#keys, { ...claims });
    const strict = { ...claims, strict_signing_key_usage: true };
    operator.#strictJwt = await encodeOperator("O", operator.#keys, strict);
    const limits = { limits: UNLIMITED };
    const signer = operator.#signingKeys;
    operator.#systemJwt = await encodeAccount("SYS", operator.#systemAccount, limits, { signer });
    return operator;
  }

  /** The public key of the account. */
  get accountKey(): string {
    return this.#account.getPublicKey();
  }

  /** The configuration of a server that trusts this operator. */
  async config(options: AccountOptions = {}): Promise<string> {
    const preload = [
      `${this.#systemAccount.getPublicKey()}: ${this.#systemJwt}`,
      `${this.accountKey}: ${await this.accountJwt(options)}`,
    ].join("\n");
    const jwt = options.isStrict === true ? this.#strictJwt : this.#jwt;
    return `operator: ${jwt}\nresolver: MEMORY\nresolver_preload: {\n${preload}\n}\n${options.settings ?? ""}`;
  }

  /** The operator's own JWT. */
  get jwt(): string {
    return this.#jwt;
  }

  async accountJwt(options: AccountOptions = {}): Promise<string> {
    const { revoked = [], claims = {}, template = {}, expiresIn, signedBy = "operator" } = options;
    // All that was issued until then; a JWT says when in whole seconds.
    const until = Math.floor(Date.now() / 1000) + 1;
    const scope = {
      kind: "user_scope" as const,
      key: this.#signers.scope.getPublicKey(),
      role: "r",
      template: { ...NO_LIMITS, ...template },
    };
    const account = {
      limits: UNLIMITED,
      signing_keys: [this.#signers["signing key"].getPublicKey(), scope],
      revocations: Object.fromEntries(revoked.map(({ publicKey }) => [publicKey, until])),
      ...claims,
    };
    const signer = {
      operator: this.#keys,
      "signing key": this.#signingKeys,
      stranger: native(createOperator()),
    };
    const dates = expiresIn === undefined ? {} : { exp: Math.floor(Date.now() / 1000) + expiresIn };
    return await encodeAccount("A", this.#account, account, { signer: signer[signedBy], ...dates });
  }

  /** A user that the server has never heard of: the JWT says it all. */
  async user(options: UserOptions = {}): Promise<OperatorUser> {
    const { name = "U", keys = native(createUser()), isBearer = false, signedBy = "account" } = options;
    const limits = signedBy === "scope" ? {} : NO_LIMITS;
    const claims = { ...limits, ...(isBearer ? { bearer_token: true } : {}), ...options.claims };
    const signer = signedBy === "account" ? {} : { signer: this.#signers[signedBy] };
    // Otherwise defaults are added, which users of a scope may not have.
    const how = { ...datesOf(options), ...signer, scopedUser: true };
    return formsOf(await encodeUser(name, keys, this.#account, claims, how), keys);
  }

  /** A user of the system account. */
  async systemUser(): Promise<OperatorUser> {
    const keys = native(createUser());
    return formsOf(await encodeUser("sys", keys, this.#systemAccount, {}), keys);
  }

  /** The JWT of an account, signed by this one's as if it were a user's. */
  async accountAsUser(): Promise<OperatorUser> {
    const keys = native(createAccount());
    const jwt = await encodeAccount("X", keys, { limits: UNLIMITED }, { signer: this.#account });
    return formsOf(jwt, keys);
  }
}

function datesOf({ expiresIn, validIn }: UserOptions): Partial<EncodingOptions> {
  const now = Math.floor(Date.now() / 1000);
  return {
    ...(expiresIn === undefined ? {} : { exp: now + expiresIn }),
    ...(validIn === undefined ? {} : { nbf: now + validIn }),
  };
}

function formsOf(jwt: string, keys: KeyPair): OperatorUser {
  const seed = new TextDecoder().decode(keys.getSeed());
  const creds = new TextDecoder().decode(fmtCreds(jwt, keys));
  return { keys, publicKey: keys.getPublicKey(), seed, jwt, creds };
}

interface Connz {
  connections: { cid: number; authorized_user?: string }[];
}

/** Whom the server takes this connection for: a name, or the public key of an nkey or of a user's JWT. */
export async function userAt(server: RunningServer, nc: Connection): Promise<string | undefined> {
  const { connections } = (await server.monitor("/connz?auth=true")) as unknown as Connz;
  return connections.find(({ cid }) => cid === nc.info?.clientId)?.authorized_user;
}
