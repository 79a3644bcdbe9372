import { AuthenticationError } from "../errors.ts";

/** `argument` is the argument, field or file at fault; `reason` must not show what is in it. */
export function invalidCredentials(argument: string, reason: string): AuthenticationError {
  const message = `invalid credentials "${argument}": ${reason}`;
  return new AuthenticationError("INVALID_CREDENTIALS", message, { argument });
}
