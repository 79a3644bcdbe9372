import { aString, type Check, type Checks, invalidOption, shown } from "../../core/checks.ts";
import { someHeaders } from "../../core/call-options.ts";
import type { HeadersInit, MessageHeaders } from "../../core/protocol/headers.ts";
import type { WireMeta } from "./wire-meta.ts";

/** What may be told of an object. */
export interface ObjectMeta {
  readonly description?: string;
  readonly headers?: HeadersInit;
  /** Texts by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** As {@link ObjectMeta}, checked. */
export interface CheckedMeta {
  readonly description?: string;
  readonly headers?: MessageHeaders;
  readonly metadata?: Readonly<Record<string, string>>;
}

const someTexts: Check<Readonly<Record<string, string>>> = (name, value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidOption(name, `it must be an object of texts, not ${shown(value)}`);
  const texts = Object.entries(value).map(([key, each]) => [key, aString(`${name}.${key}`, each)] as const);
  return Object.fromEntries(texts);
};

export const META: Checks<ObjectMeta> = {
  description: aString,
  headers: someHeaders,
  metadata: someTexts,
};

type WireOfMeta = Pick<WireMeta, "description" | "headers" | "metadata">;

/** The fields of this as they travel; what is not there is undefined. */
export function wireOfMeta({ description, headers, metadata }: CheckedMeta): WireOfMeta {
  return {
    description,
    metadata,
    headers: headers === undefined || headers.size === 0 ? undefined : wireOfHeaders(headers),
  };
}

function wireOfHeaders(headers: MessageHeaders): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Array.from(headers.keys(), (name) => [name, headers.getAll(name)]));
}
