import { JetStreamError } from "../errors.ts";

/** A field of a configuration that can't be as it is; `argument` names it. */
export function invalidConfig(argument: string, reason: string): JetStreamError<"INVALID_CONFIG"> {
  const where = argument === "" ? "invalid configuration" : `invalid configuration, "${argument}"`;
  return new JetStreamError("INVALID_CONFIG", `${where}: ${reason}`, { argument });
}
