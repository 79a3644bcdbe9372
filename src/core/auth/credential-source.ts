import { invalidOption } from "../checks.ts";
import type { NatsError } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import type { AuthContext, Authenticator, Credentials } from "./authenticator.ts";
import { fixed } from "./authenticators.ts";

/** User info of a server's URL, by the names that it has as credentials. */
export interface UserInfo {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** Asks authenticators and puts their answers together. Most connections have none to ask, in browsers above all. */
type Collect = (authenticators: readonly Authenticator[], context: AuthContext) => Promise<Credentials>;

/** Puts together what a client shows a server: from the server's URL, the options and the authenticators. */
export class CredentialSource {
  readonly #collect: Collect;
  readonly #own: Credentials;
  readonly #authenticators: readonly Authenticator[];
  readonly #hasTokenProvider: boolean;

  constructor({ user, password, token, authenticators }: ResolvedOptions, collect: Collect) {
    this.#collect = collect;
    const asked = { user, password, token };
    this.#hasTokenProvider = typeof token === "function";
    if (Object.values(asked).some((one) => typeof one === "function")) {
      this.#own = {};
      this.#authenticators = [...authenticators, () => resolved(asked)];
    } else {
      this.#own = given(asked as UserInfo);
      this.#authenticators = authenticators;
    }
  }

  /** Throws `INVALID_OPTION` for user info that contradicts the options. */
  check(servers: Iterable<UserInfo>): void {
    if (!this.#hasTokenProvider) return;
    for (const { token } of servers) {
      if (token !== undefined) throw invalidOption("token", "a server's URL has a token too");
    }
  }

  /** Whether the answer is the same each time, so that it is of no use to show it again to who refused it. */
  get isFixed(): boolean {
    return this.#authenticators.every((authenticator) => authenticator.isFixed === true);
  }

  /** Rejects with an AuthenticationError, or the reason of the signal. */
  async credentialsFor(server: UserInfo, context: AuthContext): Promise<Credentials> {
    const info = given(server);
    const hasInfo = info.user !== undefined || info.token !== undefined;
    const own = hasInfo ? info : this.#own;
    if (this.#authenticators.length === 0) return own;
    const asked = await this.#collect(
      hasInfo ? this.#authenticators : [fixed(() => own), ...this.#authenticators],
      context,
    );
    // AUTH-01: user info of the URL takes the place of what the options say, an nkey included, but not of a JWT.
    if (!hasInfo) return asked;
    const { jwt, sign } = asked;
    return { ...(jwt === undefined ? {} : { jwt, ...(sign === undefined ? {} : { sign }) }), ...own };
  }
}

/** Options that may be functions, which are asked for every attempt. */
type Askable = Readonly<Record<keyof UserInfo, ResolvedOptions["token"]>>;

async function resolved({ user, password, token }: Askable): Promise<Credentials> {
  const [name, secret, key] = await Promise.all(
    [user, password, token].map(async (one) => await valueOf(one)),
  );
  return given({ user: name, password: secret, token: key });
}

function valueOf(one: Askable["user"]): string | undefined | PromiseLike<string> {
  return typeof one === "function" ? one() : one;
}

function given({ user, password, token }: UserInfo): Credentials {
  return {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
  };
}

/** What is about credentials, and says nothing against them: the client has none to show, or they came too late. */
const NO_REFUSAL: readonly string[] = [
  "INVALID_CREDENTIALS",
  "CREDENTIALS_FAILED",
  "NKEYS_NOT_SUPPORTED",
  "AUTHENTICATION_TIMEOUT",
];

/** Whether the server refused the credentials that it was shown, and will again. */
export function isRefusal(error: NatsError): boolean {
  return error.name === "AuthenticationError" && !NO_REFUSAL.includes(error.code);
}
