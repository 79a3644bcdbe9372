import { ConnectionError, toError } from "../errors.ts";
import type * as OnDemand from "./on-demand.ts";

/** The part of the code that a page connects without. Rejects with `CHUNK_NOT_LOADED`. */
export async function loadOnDemand(): Promise<typeof OnDemand> {
  try {
    return await import("./on-demand.ts");
  } catch (thrown) {
    const cause = toError(thrown);
    const message = `a part of natspeed could not be loaded: ${cause.message}`;
    throw new ConnectionError("CHUNK_NOT_LOADED", message, { cause });
  }
}
