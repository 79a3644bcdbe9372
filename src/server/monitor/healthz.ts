import { boolOf } from "./query.ts";

const SWITCHES = ["js-enabled", "js-enabled-only", "js-server-only", "js-meta-only"];

/** The answer of `/healthz`, with its status. */
export interface Health {
  readonly status: number;
  readonly document: object;
}

/** Whoever can ask finds a healthy server. Throws a BadQuery. */
export function healthz(query: URLSearchParams): Health {
  for (const name of SWITCHES) boolOf(query, name);
  const hasDetails = boolOf(query, "details");
  const missing = missingPart(query);
  if (missing === undefined) return { status: 200, document: { status: "ok" } };
  const error = `"${missing.name}" must not be empty when checking ${missing.of} health`;
  const told = hasDetails ? { errors: [{ type: "BAD_REQUEST", error }] } : { error };
  return { status: 400, document: { status: "error", ...told } };
}

function missingPart(query: URLSearchParams): { name: string; of: string } | undefined {
  const has = (name: string): boolean => (query.get(name) ?? "") !== "";
  if (!has("account") && has("stream")) return { name: "account", of: "stream" };
  if (!has("stream") && has("consumer")) return { name: "stream", of: "consumer" };
  return undefined;
}
