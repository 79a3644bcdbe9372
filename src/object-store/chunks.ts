import { isNatsError, type NatsError } from "../core/errors.ts";
import { rest } from "../core/rest.ts";
import { isPassing } from "../jetstream/api/passing.ts";
import { chunkSubject } from "./names.ts";
import { type StoreContext, untilLinked } from "./store-context.ts";

/** Milliseconds from one attempt to the next; each pause is twice as long as the one before. */
const FIRST_PAUSE = 50;

/**
 * Milliseconds that a request to purge may take before it is sent again; twice as many each time. A leader that steps down never
 * answers a request that it had taken (nats-server 2.15). To purge twice does no harm.
 */
const FIRST_ATTEMPT = 1000;

/** Milliseconds until the next purge while chunks may still arrive at the server. */
const LATE = 100;

export interface ChunksToPurge {
  readonly nuid: string;
  /** How many chunks are stored for certain. */
  readonly stored: number;
  /** A sequence above theirs. */
  readonly below: number;
  /** More chunks may still arrive: it goes on until a purge finds none. */
  readonly mayGrow?: boolean;
}

/**
 * Removes the chunks with this id. Tries again for as long as one call may take. Resolves with the reason if some may be left.
 *
 * For the chunks that are known, the request names a sequence. Without one the leader removes what it has applied so far, and a new
 * leader may not have applied all that the former one stored (nats-server 2.15).
 */
export async function purgeChunks(
  context: StoreContext,
  { nuid, stored, below, mayGrow = false }: ChunksToPurge,
  timeout: number,
): Promise<NatsError | undefined> {
  const until = performance.now() + timeout;
  const filter = chunkSubject(context.store, nuid);
  const pause = (delay: number): Promise<void> =>
    rest(delay, {}, { what: "another attempt to remove chunks" });
  let known: { readonly seq?: number } = stored === 0 ? {} : { seq: below };
  let attempt = FIRST_ATTEMPT;
  for (let delay = FIRST_PAUSE; ; delay *= 2) {
    try {
      const limit = Math.min(attempt, leftUntil(until));
      const purged = await context.stream.purge({ filter, ...known, timeout: limit });
      const isAll = known.seq === undefined ? purged === 0 || !mayGrow : purged >= stored && !mayGrow;
      if (isAll) return undefined;
      known = {};
      if (mayGrow) await pause(LATE);
    } catch (thrown) {
      const error = thrown as NatsError;
      if (isNatsError(error, "STREAM_NOT_FOUND")) return undefined;
      const left = leftUntil(until);
      // Another attempt helps only against what passes: what is forbidden stays so.
      if (!isPassing(error, "JETSTREAM_NOT_ENABLED", "TOO_MANY_REQUESTS") || left <= delay) return error;
      if (isNatsError(error, "TIMEOUT")) attempt *= 2;
      await untilLinked(context, left);
      await pause(delay);
    }
  }
}

/** Milliseconds, at least one. */
function leftUntil(time: number): number {
  return Math.max(1, Math.ceil(time - performance.now()));
}
