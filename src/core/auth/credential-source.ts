import { invalidOption } from "../checks.ts";
import type { NatsError } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import type { AuthContext, Authenticator, Credentials } from "./authenticator.ts";

/** User info of a server's URL, by the names that it has as credentials. */
export interface UserInfo {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** Options that may be functions, which are asked for every attempt. */
export type Askable = Readonly<Record<keyof UserInfo, ResolvedOptions["token"]>>;

/**
 * Asks authenticators, and options that are functions, and puts their answers together. Most connections have none to ask, in
 * browsers above all.
 */
type Collect = (
  authenticators: readonly Authenticator[],
  context: AuthContext,
  asked: Askable | undefined,
) => Promise<Credentials>;

/** Puts together what a client shows a server: from the server's URL, the options and the authenticators. */
export class CredentialSource {
  readonly #collect: Collect;
  readonly #own: Credentials;
  /** The options, if one of them is a function. */
  readonly #asked: Askable | undefined;
  readonly #authenticators: readonly Authenticator[];
  readonly #hasTokenProvider: boolean;

  constructor({ user, password, token, authenticators }: ResolvedOptions, collect: Collect) {
    this.#collect = collect;
    const own = { user, password, token };
    this.#hasTokenProvider = typeof token === "function";
    this.#authenticators = authenticators;
    this.#asked = Object.values(own).some((one) => typeof one === "function") ? own : undefined;
    this.#own = this.#asked === undefined ? given(own as UserInfo) : {};
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
    return this.#asked === undefined && this.#authenticators.every(({ isFixed }) => isFixed === true);
  }

  /** Rejects with an AuthenticationError, or the reason of the signal. */
  async credentialsFor(server: UserInfo, context: AuthContext): Promise<Credentials> {
    const info = given(server);
    const hasInfo = info.user !== undefined || info.token !== undefined;
    const own = hasInfo ? info : this.#own;
    if (this.#authenticators.length === 0 && this.#asked === undefined) return own;
    const authenticators = hasInfo ? this.#authenticators : [() => own, ...this.#authenticators];
    const asked = await this.#collect(authenticators, context, this.#asked);
    // AUTH-01: user info of the URL takes the place of what the options say, an nkey included, but not of a JWT.
    if (!hasInfo) return asked;
    const { jwt, sign } = asked;
    return { ...(jwt === undefined ? {} : { jwt, ...(sign === undefined ? {} : { sign }) }), ...own };
  }
}

/** The fields that are there. */
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
