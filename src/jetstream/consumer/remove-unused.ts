import { isNatsError, type NatsError } from "../../core/errors.ts";
import { growingPause } from "../../core/growing-pause.ts";
import { setUnheldTimer } from "../../core/unheld-timer.ts";
import { isPassing } from "../api/passing.ts";
import type { ConsumerApi } from "./consumer-api.ts";
import type { NamedConsumer } from "./consumer-errors.ts";

/** Milliseconds between two attempts. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/**
 * Milliseconds for which it looks for a consumer whose creation got no answer, for servers may be slow. It also looks on after
 * a removal without an answer: a leader may say that there is none, and the next leader never hear of the removal.
 */
const LATE = 30_000;

/** A consumer that nobody reads any more. */
export interface Unused {
  readonly consumer: NamedConsumer;
  /** Milliseconds after which its server removes it by itself. */
  readonly lives: number;
  /** Nobody knows whether it was made: it may be there later. */
  readonly isUncertain?: boolean;
}

/**
 * Removes a consumer. If the server can't just now, it asks again. Resolves when the consumer is gone, or when its server will
 * remove it before long. Rejects as a request does if waiting does not help.
 */
export async function removeUnused(
  api: Pick<ConsumerApi, "delete">,
  { consumer, lives, isUncertain = false }: Unused,
): Promise<void> {
  const startedAt = performance.now();
  const isWithin = (limit: number, since = startedAt): boolean => performance.now() - since < limit;
  let doubtfulSince = isUncertain ? startedAt : -Infinity;
  for (let failures = 0; isWithin(lives); failures++) {
    try {
      await api.delete(consumer, {});
      return;
    } catch (thrown) {
      const isMissing = isNatsError(thrown, "CONSUMER_NOT_FOUND");
      if (isPassing(thrown as NatsError, "JETSTREAM_NOT_ENABLED")) doubtfulSince = performance.now();
      else if (!isMissing || !isWithin(LATE, doubtfulSince)) throw thrown;
    }
    await pause(growingPause(FIRST_PAUSE, failures, LONGEST_PAUSE));
  }
}

/** A pause that keeps no process alive. */
function pause(delay: number): Promise<void> {
  return new Promise((resolve) => setUnheldTimer(resolve, delay));
}
