import type { AuthContext, Authenticator, Credentials } from "./authenticator.ts";
import { invalidCredentials } from "./invalid-credentials.ts";
import { kindOf, type Provider, wrongKind } from "./secret.ts";

/** An authenticator whose answer never changes. @internal */
export function fixed(answer: () => Credentials | PromiseLike<Credentials>): Authenticator {
  return Object.assign(() => answer(), { isFixed: true });
}

/**
 * Logs in with a user name and a password. Either may be a function, which is called for every attempt to connect, so that
 * they can be renewed. Throws `INVALID_OPTION` for anything but a string or a function, and `INVALID_CREDENTIALS` for an empty
 * user name; an empty password is allowed. If a function does not return a string, the attempt fails with
 * `INVALID_CREDENTIALS`.
 *
 * @example
 * ```ts
 * import { connect, usernamePasswordAuthenticator } from "natspeed";
 *
 * const password = async () => process.env.NATS_PASSWORD ?? "s3cret";
 * const nc = await connect({ authenticator: usernamePasswordAuthenticator("joe", password) });
 * await nc.close();
 * ```
 */
export function usernamePasswordAuthenticator(
  user: string | Provider<string>,
  password: string | Provider<string>,
): Authenticator {
  if (typeof user !== "string" && typeof user !== "function")
    throw wrongKind("user", "a string or a function", user);
  if (typeof password !== "string" && typeof password !== "function")
    throw wrongKind("password", "a string or a function", password);
  if (user === "") throw invalidCredentials("user", "it is empty");
  if (typeof user === "string" && typeof password === "string") return fixed(() => ({ user, password }));
  return async (context) => {
    const [name, secret] = await Promise.all([
      given("user", user, context),
      given("password", password, context),
    ]);
    return { user: name, password: secret };
  };
}

async function given(name: string, value: string | Provider<string>, context: AuthContext): Promise<string> {
  return typeof value === "string" ? value : checkGiven(name, await value(context));
}

/**
 * Logs in with a token, or with a function that returns one and is called for every attempt to connect. If the function
 * returns an empty string, no token is sent. Throws `INVALID_OPTION` for anything but a string or a function, and
 * `INVALID_CREDENTIALS` for an empty token.
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
