import { parseGoDuration } from "../../jetstream/consume/engine/go-duration.ts";
import type { HeldValue } from "./replica.ts";

const SECOND = 1000;

/** When the time of a value is over that has a `ttl` of its own, in milliseconds of the server's clock; else undefined. */
export function ownEnd({ created, headers }: Pick<HeldValue, "created" | "headers">): number | undefined {
  const text = headers?.get("Nats-TTL");
  if (text === undefined) return undefined;
  const ttl = /^\d+$/.test(text) ? Number(text) * SECOND : parseGoDuration(text);
  return ttl === undefined ? undefined : created + ttl;
}
