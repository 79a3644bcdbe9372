import { parseGoDuration } from "../../jetstream/go-duration.ts";
import type { HeldValue } from "./replica.ts";

const SECOND = 1000;

/** When a value with a `ttl` of its own ends, in milliseconds by the server's clock; undefined if it has no `ttl`. */
export function ownEnd({ created, headers }: Pick<HeldValue, "created" | "headers">): number | undefined {
  const text = headers?.get("Nats-TTL");
  if (text === undefined) return undefined;
  const ttl = /^\d+$/.test(text) ? Number(text) * SECOND : parseGoDuration(text);
  return ttl === undefined ? undefined : created + ttl;
}
