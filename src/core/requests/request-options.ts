import { milliseconds } from "../checks.ts";
import type { RequestOptions } from "../call-options.ts";

/** The timeout, if that is all that the options say; else they have to be looked at one by one. Throws `INVALID_OPTION`. */
export function onlyTimeout(options: RequestOptions): number | undefined {
  if (typeof options !== "object" || options === null) return undefined;
  for (const name in options) if (name !== "timeout") return undefined;
  const { timeout } = options;
  return timeout === undefined ? undefined : milliseconds("timeout", timeout);
}
