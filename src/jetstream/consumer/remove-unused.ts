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
 * A consumer of whose making nobody has heard is looked for so many milliseconds: servers may be slow. So is one after a removal that got
 * no answer: that there is none may be the word of a leader whose removal the next one never hears of.
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
 * Removes a consumer; what a server can't do just now it is asked again. Resolves when the consumer is gone, or its server will
 * remove it before long. Rejects as a request does with what does not pass by waiting.
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

/** Keeps no process alive. */
function pause(delay: number): Promise<void> {
  return new Promise((resolve) => setUnheldTimer(resolve, delay));
}
