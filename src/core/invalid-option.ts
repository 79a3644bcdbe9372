import { ArgumentError } from "./errors.ts";

export function invalidOption(name: string, reason: string): ArgumentError {
  return new ArgumentError("INVALID_OPTION", `invalid option "${name}": ${reason}`, { argument: name });
}
