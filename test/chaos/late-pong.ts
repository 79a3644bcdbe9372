import { isNatsError } from "natspeed";
import type { Client } from "./client.ts";
import type { Invariants } from "./invariants.ts";

/** From this delay on, each way, an answer that comes too soon is told from one that doesn't. */
const LEAST_DELAY = 50;

/** What clocks may be apart. */
const TOLERANCE = 10;

/**
 * While each way takes `by` milliseconds: a flush gives up before its PONG can come, and the next one must not take that
 * PONG for its own.
 */
export async function checkLatePong(
  { name, nc }: Client,
  by: number,
  isOver: () => boolean,
  invariants: Invariants,
): Promise<void> {
  if (by < LEAST_DELAY) return;
  const { server } = nc;
  try {
    await nc.flush({ timeout: Math.floor(by / 2) });
    return;
  } catch (error) {
    if (!isNatsError(error, "TIMEOUT")) return;
  }
  const startedAt = performance.now();
  const isAnswered = await nc.flush({ timeout: 5000 }).then(
    () => true,
    () => false,
  );
  const took = performance.now() - startedAt;
  if (!isAnswered || isOver() || nc.server !== server) return;
  invariants.check(
    took >= 2 * by - TOLERANCE,
    "accounting",
    () =>
      `${name}: a flush took ${Math.round(took)} ms where each way takes ${by}: it had the PONG of another`,
  );
}
