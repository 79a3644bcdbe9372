import { toError } from "../errors.ts";
import type { Dial, DialContext, Transport } from "../transport.ts";
import type { AttemptClock } from "./attempt-clock.ts";

/** What a dialler gets from the options. */
export type DialSettings = Pick<DialContext, "tls" | "localAddress" | "randomize" | "websocket">;

export function dialContext(clock: AttemptClock, settings: DialSettings): DialContext {
  const { signal, timeout } = clock;
  return { ...settings, signal, timeout, enterPhase: (phase) => clock.enterPhase(phase) };
}

/** Dials, and gives up with the clock also if the dialler does not listen to it. */
export async function dialWithin(
  clock: AttemptClock,
  dial: Dial,
  address: Parameters<Dial>[0],
  settings: DialSettings,
): Promise<Transport> {
  const dialling = dial(address, dialContext(clock, settings));
  return await new Promise<Transport>((resolve, reject) => {
    const onAbort = (): void => {
      reject(toError(clock.signal.reason));
      // A transport that comes too late has no owner any more.
      dialling.then(
        (transport) => transport.destroy(),
        () => undefined,
      );
    };
    if (clock.signal.aborted) onAbort();
    clock.signal.addEventListener("abort", onAbort, { once: true });
    dialling.then(resolve, reject).finally(() => clock.signal.removeEventListener("abort", onAbort));
  });
}
