import type { Accounts } from "./accounts.ts";
import type { Authorizer, Identity, Login } from "./authorizer.ts";
import type { LinkKind, PeerCertificate } from "../link.ts";
import type { VerifyNkey } from "./nkey-verifier.ts";
import { type PermissionOptions, Permissions } from "./permissions.ts";
import type { AccountOptions, UserOptions } from "./user-options.ts";

/** How users are known to the server. */
export interface UserDirectory {
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly users?: readonly UserOptions[];
  readonly accounts?: Readonly<Record<string, AccountOptions>>;
  readonly noAuthUser?: string;
  readonly tls?: { readonly mapUsers?: boolean };
  readonly websocket?: { readonly noAuthUser?: string };
  readonly defaultPermissions?: PermissionOptions;
}

/** Knows users by name and password, by their nkeys, or all by one token. */
export class UserAuthorizer implements Authorizer {
  readonly isRequired: boolean;
  readonly wantsNonce: boolean;
  readonly #directory: UserDirectory;
  readonly #accounts: Accounts;
  readonly #verify: VerifyNkey;
  readonly #byName = new Map<string, UserOptions>();
  readonly #byNkey = new Map<string, UserOptions>();

  constructor(directory: UserDirectory, accounts: Accounts, verify: VerifyNkey) {
    this.#directory = directory;
    this.#accounts = accounts;
    this.#verify = verify;
    for (const user of allUsers(directory)) {
      if (user.nkey !== undefined) this.#byNkey.set(user.nkey, user);
      else if (user.user !== undefined) this.#byName.set(user.user, user);
    }
    this.wantsNonce = this.#byNkey.size > 0;
    this.isRequired =
      this.#byName.size + this.#byNkey.size > 0 ||
      directory.user !== undefined ||
      directory.token !== undefined;
  }

  anonymous(kind: LinkKind): Identity | undefined {
    if (!this.isRequired) return this.#identity({}, "");
    const { websocket } = this.#directory;
    const noAuthUser =
      (kind === "websocket" ? websocket?.noAuthUser : undefined) ?? this.#directory.noAuthUser;
    if (noAuthUser === undefined) return undefined;
    const known = this.#byName.get(noAuthUser) ?? this.#byNkey.get(noAuthUser);
    return known === undefined ? undefined : this.#identity(known, noAuthUser);
  }

  authorize({ request, nonce, link }: Login): Identity | undefined {
    const { user, pass, auth_token: token, nkey, sig } = request;
    if (this.#directory.tls?.mapUsers === true && link.kind === "tcp")
      return this.#byCertificate(link.certificate);
    if (!this.isRequired || user + pass + token + nkey === "") return this.anonymous(link.kind);
    if (nkey !== "" && this.#byNkey.size > 0) {
      const known = this.#byNkey.get(nkey);
      return known !== undefined && this.#verify(nkey, nonce, sig) ? this.#identity(known, nkey) : undefined;
    }
    if (user !== "" && this.#byName.size > 0) {
      const known = this.#byName.get(user);
      return known !== undefined && (known.password ?? "") === pass ? this.#identity(known, user) : undefined;
    }
    return this.#authorizeAll(user, pass, token);
  }

  #byCertificate(certificate: PeerCertificate | undefined): Identity | undefined {
    if (certificate === undefined) return undefined;
    const { emails, names, subject } = certificate;
    const name = [...emails, ...names, subject].find((one) => this.#byName.has(one));
    return name === undefined ? undefined : this.#identity(this.#byName.get(name)!, name);
  }

  /** By the one token or the one name that all share. */
  #authorizeAll(user: string, password: string, token: string): Identity | undefined {
    const all = this.#directory;
    if (all.token !== undefined) return token === all.token ? this.#identity({}, "") : undefined;
    if (all.user === undefined || user !== all.user || password !== (all.password ?? "")) return undefined;
    return this.#identity({}, user);
  }

  #identity(options: UserOptions, user: string): Identity {
    const permissions = options.permissions ?? this.#directory.defaultPermissions;
    return {
      account: options.account === undefined ? this.#accounts.global : this.#accounts.get(options.account),
      user,
      permissions: permissions === undefined ? undefined : new Permissions(permissions),
    };
  }
}

function allUsers({ users = [], accounts = {} }: UserDirectory): UserOptions[] {
  const inAccounts = Object.entries(accounts).flatMap(([account, { users: own = [] }]) =>
    own.map((user) => ({ ...user, account })),
  );
  return [...users, ...inAccounts];
}
