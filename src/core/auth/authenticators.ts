import type { Authenticator, Credentials } from "./authenticator.ts";
import { invalidCredentials } from "./invalid-credentials.ts";
import { kindOf, type Provider, wrongKind } from "./secret.ts";

/** An authenticator whose answer never changes. @internal */
export function fixed(answer: () => Credentials | PromiseLike<Credentials>): Authenticator {
  return Object.assign(() => answer(), { isFixed: true });
}

/**
 * Logs in with a user name and a password. Throws `INVALID_OPTION` for what is not a string, and
 * `INVALID_CREDENTIALS` for an empty user name; an empty password is one.
 *
 * @example
 * ```ts
 * import { connect, usernamePasswordAuthenticator } from "natspeed";
 *
 * const nc = await connect({ authenticator: usernamePasswordAuthenticator("joe", "s3cret") });
 * await nc.close();
 * ```
 */
export function usernamePasswordAuthenticator(user: string, password: string): Authenticator {
  if (typeof user !== "string") throw wrongKind("user", "a string", user);
  if (typeof password !== "string") throw wrongKind("password", "a string", password);
  if (user === "") throw invalidCredentials("user", "it is empty");
  return fixed(() => ({ user, password }));
}

/**
 * Logs in with a token, or with one that a function gives, which is asked for every attempt to connect (AUTH-09).
 * A function that returns an empty string has no token to show. Throws `INVALID_OPTION` for what is neither a string
 * nor a function, and `INVALID_CREDENTIALS` for an empty token.
 *
 * @example
 * ```ts
 * import { connect, tokenAuthenticator } from "natspeed";
 *
 * const token = async () => process.env.NATS_TOKEN ?? "anonymous";
 * const nc = await connect({ authenticator: tokenAuthenticator(token) });
 * await nc.close();
 * ```
 */
export function tokenAuthenticator(token: string | Provider<string>): Authenticator {
  if (typeof token === "function") {
    return async (context) => ({ token: checkGiven("token", await token(context)) });
  }
  if (typeof token !== "string") throw wrongKind("token", "a string or a function", token);
  if (token === "") throw invalidCredentials("token", "it is empty");
  return fixed(() => ({ token }));
}

/** Checks what the function for `name` returned: only a string is one. @internal */
export function checkGiven(name: string, given: unknown): string {
  if (typeof given === "string") return given;
  throw invalidCredentials(name, `its function returned ${kindOf(given)}, not a string`);
}
