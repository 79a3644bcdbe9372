import { JetStreamError, type JetStreamErrorFacts } from "../errors.ts";
import { errorName } from "./error-names.ts";
import { meaningOf } from "./error-table.ts";

// "error": { "code": 404, "err_code": 10059, "description": "stream not found" }
/**
 * The `error` of an answer as an error of this library: its code follows from the `err_code`, and its text has the server's words.
 * `facts` and, in the text, `about` say what the call was about.
 */
export function readApiError(
  json: unknown,
  facts: JetStreamErrorFacts = {},
  about: string | undefined = assetOf(facts),
): JetStreamError {
  const fields = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  const status = numberOf(fields["code"]);
  const errCode = numberOf(fields["err_code"]);
  const description = typeof fields["description"] === "string" ? fields["description"] : "";
  const { code, ...meaning } = meaningOf(errCode ?? 0, status, description);
  const errName = errCode === undefined ? undefined : errorName(errCode);
  const known = { ...facts, ...defined({ ...meaning, status, errCode, errName }) };
  return new JetStreamError(code, textOf(about, description, errName ?? `status ${status}`), known);
}

/** A name says more to people than the subject of the API does. */
function assetOf({ stream, consumer, subject }: JetStreamErrorFacts): string | undefined {
  if (stream !== undefined)
    return consumer === undefined ? `stream "${stream}"` : `consumer "${consumer}" of stream "${stream}"`;
  return subject === undefined ? undefined : `"${subject}"`;
}

function textOf(about: string | undefined, description: string, otherwise: string): string {
  const words = description === "" ? `the server gives no reason (${otherwise})` : description;
  return about === undefined ? words : `${about}: ${words}`;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function defined<T extends object>(facts: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}
