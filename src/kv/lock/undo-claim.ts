import type { LockKey } from "./lock-key.ts";

/**
 * Gives free what was claimed by a write of which nobody knows whether it was stored, or that nobody needs any more. Never
 * rejects: if it fails, the time of the claim ends it.
 */
export async function undoClaim(key: Pick<LockKey, "read" | "clear">, id: string): Promise<void> {
  try {
    const record = await key.read({});
    if (record?.id === id) await key.clear(record.revision, {});
  } catch {
    // The server is away, or somebody was quicker.
  }
}
