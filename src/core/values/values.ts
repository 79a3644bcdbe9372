import { type Check, invalidOption, wrongValue } from "../checks.ts";
import { type ErrorFacts, toError, ValueError } from "../errors.ts";
import type { Payload } from "../message.ts";
import { json } from "./codecs.ts";
import type { Codec, Schema, SchemaInput, SchemaOutput } from "./schema.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";

/** So many issues are told in the text of an error. */
const ISSUES_TOLD = 3;

const JSON_CODEC = json();

/** Whether it is a schema that values can be read by. Some make a schema a function. */
export const aSchema: Check<Schema> = (name, value) => {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (isObject && (isStandard(value as Schema) || isCodec(value as Schema))) return value as Schema;
  throw wrongValue(name, "a Standard Schema or a codec", value);
};

/**
 * The value in a payload, as `schema` reads it. Throws `INVALID_VALUE`, with `facts`, or `INVALID_OPTION` if the schema
 * answers with a promise, or with something else than a Standard Schema does.
 */
export function readValue<S extends Schema>(
  schema: S,
  data: Uint8Array,
  facts: ErrorFacts = {},
): SchemaOutput<S> {
  const what = "the payload";
  if (isStandard(schema)) {
    const parsed = guarded(what, facts, () => JSON_CODEC.decode(data));
    return validated(schema, parsed, what, facts) as SchemaOutput<S>;
  }
  return guarded(what, facts, () => settled((schema as Codec<unknown>).decode(data))) as SchemaOutput<S>;
}

/**
 * The payload of a value, as `schema` writes it. A Standard Schema checks what a receiver will read, which is the value after
 * its way through JSON. Throws as {@link readValue} does.
 */
export function writeValue<S extends Schema>(
  schema: S,
  value: SchemaInput<S>,
  facts: ErrorFacts = {},
): Payload {
  const what = "the value";
  if (!isStandard(schema)) {
    return guarded(what, facts, () => settled((schema as Codec<unknown>).encode(value)));
  }
  const payload = guarded(what, facts, () => JSON_CODEC.encode(value) as string);
  validated(schema, JSON.parse(payload), what, facts);
  return payload;
}

function isStandard(schema: Schema): schema is StandardSchema {
  const standard = (schema as Partial<StandardSchema>)["~standard"];
  return typeof standard?.validate === "function";
}

function isCodec(schema: Schema): schema is Codec<unknown, never> {
  const { encode, decode } = schema as Partial<Codec<unknown, never>>;
  return typeof encode === "function" && typeof decode === "function";
}

function validated(schema: StandardSchema, value: unknown, what: string, facts: ErrorFacts): unknown {
  const result = guarded(what, facts, () => settled(schema["~standard"].validate(value)));
  if (!isResult(result))
    throw invalidOption("schema", "it answers with something else than a Standard Schema does");
  if (result.issues === undefined) return result.value;
  throw invalidValue(what, result.issues, facts);
}

/** A schema that an application has written may answer with anything. */
function isResult(result: unknown): result is SchemaResult<unknown> {
  if (typeof result !== "object" || result === null) return false;
  const { issues } = result as { readonly issues?: unknown };
  return issues === undefined || (Array.isArray(issues) && issues.every(isIssue));
}

function isIssue(issue: unknown): issue is SchemaIssue {
  if (typeof issue !== "object" || issue === null) return false;
  const { message, path } = issue as { readonly message?: unknown; readonly path?: unknown };
  const isPath = path === undefined || (Array.isArray(path) && !path.includes(null));
  return typeof message === "string" && isPath;
}

/** What `read` returns; what it throws becomes the cause of an `INVALID_VALUE`. */
function guarded<T>(what: string, facts: ErrorFacts, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof PromisedValue) throw invalidOption("schema", PROMISED);
    throw invalidValue(what, [{ message: toError(thrown).message }], { ...facts, cause: thrown });
  }
}

const PROMISED = "it answers with a promise, and values are read where they stand, without a wait";

/** A schema has answered with a promise. */
class PromisedValue extends Error {}

function settled<T>(value: T | PromiseLike<T>): T {
  const { then } = (value ?? {}) as Partial<PromiseLike<T>>;
  if (typeof then !== "function") return value as T;
  // What it comes to is nobody's business any more, its failure neither.
  void Promise.resolve(value).catch(() => undefined);
  throw new PromisedValue();
}

function invalidValue(what: string, issues: readonly SchemaIssue[], facts: ErrorFacts): ValueError {
  const { subject } = facts;
  const place = subject === undefined ? "" : ` on "${subject}"`;
  const told = issues.slice(0, ISSUES_TOLD).map(textOf);
  const rest = issues.length > ISSUES_TOLD ? `; and ${issues.length - ISSUES_TOLD} more` : "";
  return new ValueError(`${what}${place} is invalid: ${told.join("; ")}${rest}`, issues, facts);
}

function textOf({ path = [], message }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
