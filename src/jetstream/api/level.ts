import type { ServerInfo } from "../../core/protocol/server-info.ts";
import { JetStreamError, type JetStreamErrorFacts } from "../errors.ts";

/** What JetStream's API begins with in the account of the connection. */
export const OWN_PREFIX = "$JS.API";

/** A server without this API level refuses the request. Servers before 2.12 pass the header over. */
export const LEVEL_HEADER = "Nats-Required-Api-Level";

// JS-CTX-06
/**
 * Throws `SERVER_TOO_OLD` if that is known beforehand. The connected server does not speak for servers of another domain or account,
 * nor for the rest of its cluster if it has no JetStream itself.
 */
export function checkLevel(
  level: number | undefined,
  info: ServerInfo | undefined,
  prefix: string,
  facts: JetStreamErrorFacts,
): void {
  if (level === undefined || info === undefined || prefix !== OWN_PREFIX) return;
  if (!info.jetstream || info.apiLevel >= level) return;
  const { apiLevel, version } = info;
  const text = `it needs a server of the JetStream API level ${level}: nats-server ${version} has ${apiLevel}`;
  throw new JetStreamError("SERVER_TOO_OLD", `"${facts.subject}": ${text}`, facts);
}
