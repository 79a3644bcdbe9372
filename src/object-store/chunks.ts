import { isNatsError, type NatsError } from "../core/errors.ts";
import { rest } from "../core/rest.ts";
import { isPassing } from "../jetstream/api/passing.ts";
import { chunkSubject } from "./names.ts";
import { type StoreContext, untilLinked } from "./store-context.ts";

/** Milliseconds from one attempt to the next; each pause is twice as long as the one before. */
const FIRST_PAUSE = 50;

/**
 * Milliseconds after which a removal is asked for anew, twice as many each time: a leader that steps down never answers what it had
 * taken (nats-server 2.15). Asking twice does no harm.
 */
const FIRST_ATTEMPT = 1000;

/** Milliseconds after which more is looked for, where something may still be on its way. */
const LATE = 100;

export interface ChunksToPurge {
  readonly nuid: string;
  /** How many of them are known to be stored, with sequences below this one. */
  readonly stored: number;
  readonly below: number;
  /** Others may still be on their way, so that it goes on until nothing is found. */
  readonly mayGrow?: boolean;
}

/**
 * Removes the chunks with this id, of nobody else; tries anew for as long as one call may take. Returns why some may be left.
 *
 * The sequence is said for those that are known: what says none is removed up to what the leader has got to, and one that is new may
 * not have got to all that the one before stored (nats-server 2.15).
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
      // What is forbidden stays so.
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
