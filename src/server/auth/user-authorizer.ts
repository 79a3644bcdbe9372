import type { Accounts } from "./accounts.ts";
import type { Authorizer, Identity, Login } from "./authorizer.ts";
import { findSubject } from "./distinguished-name.ts";
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
    const noAuthUser = this.#noAuthUser(kind);
    if (noAuthUser === undefined) return undefined;
    return this.#known(this.#byName, noAuthUser) ?? this.#known(this.#byNkey, noAuthUser);
  }

  /** The user that clients without credentials are. */
  #noAuthUser(kind: LinkKind): string | undefined {
    const { noAuthUser, websocket } = this.#directory;
    return (kind === "websocket" ? websocket?.noAuthUser : undefined) ?? noAuthUser;
  }

  authorize({ request, nonce, link }: Login): Identity | undefined {
    const { user, pass, auth_token: token, nkey, sig } = request;
    if (this.#directory.tls?.mapUsers === true && link.kind === "tcp")
      return this.#byCertificate(link.certificate, pass);
    if (!this.isRequired || user + pass + token + nkey === "") return this.anonymous(link.kind);
    if (nkey !== "" && this.#byNkey.size > 0) {
      // Whom anybody may be needs no proof (nats-server 2.15).
      const isProven = nkey === this.#noAuthUser(link.kind) || this.#verify(nkey, nonce, sig);
      return isProven ? this.#known(this.#byNkey, nkey) : undefined;
    }
    if (user !== "" && this.#byName.size > 0) {
      const isProven = (this.#byName.get(user)?.password ?? "") === pass;
      return isProven ? this.#known(this.#byName, user) : undefined;
    }
    return this.#authorizeAll(user, pass, token);
  }

  /** By a name in the certificate; a password that the user has is wanted, too. */
  #byCertificate(certificate: PeerCertificate | undefined, password: string): Identity | undefined {
    if (certificate === undefined) return undefined;
    const { emails, names, uris, subject } = certificate;
    const name =
      [...emails, ...names, ...uris].find((one) => this.#byName.has(one)) ??
      findSubject(subject, this.#byName.keys());
    if (name === undefined || (this.#byName.get(name)!.password ?? "") !== password) return undefined;
    return this.#known(this.#byName, name);
  }

  #known(users: ReadonlyMap<string, UserOptions>, name: string): Identity | undefined {
    const known = users.get(name);
    return known === undefined ? undefined : this.#identity(known, name);
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
    const account =
      options.account === undefined ? this.#accounts.global : this.#accounts.get(options.account);
    return {
      account,
      user,
      ...(options.nkey === undefined ? {} : { issuerKey: account.name }),
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
