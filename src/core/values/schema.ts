import type { Payload } from "../message.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** Turns values into payloads and back. What it throws becomes the cause of an `INVALID_VALUE`. */
export interface Codec<T, In = T> {
  encode(value: In): Payload;
  decode(data: Uint8Array): T;
}

/**
 * What a payload means: a Standard Schema (zod, valibot, arktype …), by which JSON is checked in both directions, or a
 * codec. A schema that answers with a promise is `INVALID_OPTION`: values are read where they stand, without a wait.
 */
export type Schema = StandardSchema | Codec<unknown, never>;

/** What a schema reads. */
export type SchemaOutput<S extends Schema> =
  S extends StandardSchema<infer _In, infer Out> ? Out : S extends Codec<infer T, never> ? T : never;

/** What a schema writes. */
export type SchemaInput<S extends Schema> =
  S extends StandardSchema<infer In, infer _Out> ? In : S extends Codec<unknown, infer In> ? In : never;
