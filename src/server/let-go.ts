import type { Hub } from "./hub.ts";
import type { ResolvedServerOptions } from "./options.ts";
import { pause } from "./pause.ts";

/** Milliseconds between two connections that are closed, at most. */
const MAX_INTERVAL = 1000;

/**
 * Tells clients that the server is going to leave, and after the grace period closes one after another, spread over the rest of
 * `duration` so that they don't all turn to the next server at once. Resolves when the last is closed, or `signal` aborts.
 */
export async function letGo(
  hub: Hub,
  { gracePeriod, duration }: ResolvedServerOptions["lameDuck"],
  signal: AbortSignal,
): Promise<void> {
  if (hub.clients.size === 0) return;
  hub.announceLameDuck();
  await pause(gracePeriod, signal);
  const clients = [...hub.clients.values()];
  const time = duration > gracePeriod ? duration - gracePeriod : MAX_INTERVAL;
  const interval = Math.min(MAX_INTERVAL, time / clients.length);
  for (const [i, client] of clients.entries()) {
    if (signal.aborted) return;
    client.close("Server Shutdown");
    // nats-server takes a random part of it, and half at least.
    if (i < clients.length - 1) await pause(interval * Math.max(0.5, hub.random()), signal);
  }
}
