import { aString, type Checks, strings } from "../../core/checks.ts";
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

export const META: Checks<ObjectMeta> = {
  description: aString,
  headers: someHeaders,
  metadata: strings,
};

type WireOfMeta = Pick<WireMeta, "description" | "headers" | "metadata">;

/** These fields as they travel; one that is absent is undefined. */
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
