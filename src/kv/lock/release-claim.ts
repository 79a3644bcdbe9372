import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { rest } from "../../core/rest.ts";
import { mayPass } from "./lock-errors.ts";
import type { LockKey } from "./lock-key.ts";

/** Milliseconds between two attempts when the server doesn't answer. */
const PAUSE = 100;

/** Milliseconds that an attempt may take, so that there is time for another one. */
const ATTEMPT = 2000;

/** What a release needs of the lock's key. */
export type ReleasedKey = Pick<LockKey, "key" | "timeout" | "clear" | "read">;

/** For how long a release is tried. */
export interface Patience {
  /** Milliseconds from now on. */
  left(): number;
  readonly signal?: AbortSignal;
}

/**
 * Frees the lock if it still is this claim's. Tries again while the server is away, until the time is up. `last` is the claim's
 * last revision, if that is known. Rejects as a publish does.
 */
export async function releaseClaim(
  key: ReleasedKey,
  id: string,
  last: number | undefined,
  patience: Patience,
): Promise<void> {
  const { signal } = patience;
  const ending = signal === undefined ? {} : { signal };
  const limits = (): WaitOptions => {
    const left = Math.max(0, Math.ceil(patience.left()));
    return { ...ending, timeout: Math.min(ATTEMPT, left) };
  };
  for (let known = last; ;) {
    try {
      if (known !== undefined) await key.clear(known, limits());
      const record = known === undefined ? await key.read(limits()) : undefined;
      if (record?.id !== id) return;
      known = record.revision;
    } catch (thrown) {
      // A renewal without an answer was stored, or another has the lock: the read tells.
      if (isNatsError(thrown, "WRONG_LAST_SEQUENCE")) {
        known = undefined;
        continue;
      }
      const isLate = patience.left() <= PAUSE;
      if (isLate || !mayPass(thrown as NatsError)) throw thrown as NatsError;
      await rest(PAUSE, ending, { what: `the release of the lock "${key.key}"` });
    }
  }
}

/**
 * Takes back a claim that may have been stored without an answer, or that nobody needs any more. Never rejects: if it fails, the
 * claim ends by its ttl.
 */
export async function undoClaim(key: ReleasedKey, id: string): Promise<void> {
  const deadline = performance.now() + key.timeout;
  try {
    await releaseClaim(key, id, undefined, { left: () => deadline - performance.now() });
  } catch {
    // The server stays away.
  }
}
