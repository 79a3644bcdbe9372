import { expect, test } from "vitest";
import { connect, ConnectionError, type ConnectOptions } from "../../../src/index.ts";

const PAUSE = 1_000_000;
const ATTEMPTS = 20;

/** The pauses of a connection that is never made, none of which is waited for. */
async function pauses(options: ConnectOptions): Promise<number[]> {
  const delays: number[] = [];
  const controller = new AbortController();
  const reconnect = {
    firstConnect: true,
    delay: PAUSE,
    maxDelay: PAUSE,
    ...(options.reconnect as object),
    delayHandler: ({ pass, delay }: { pass: number; delay: number }) => {
      // Each server's first attempt is made at once.
      if (pass > 1 && delays.push(delay) === ATTEMPTS) controller.abort();
      return 0;
    },
  };
  const dial = (): Promise<never> => Promise.reject(new ConnectionError("DIAL_FAILED", "nobody there"));
  const connecting = connect({ ...options, reconnect, dial, signal: controller.signal });
  await expect(connecting).rejects.toMatchObject({ code: "ABORTED" });
  return delays;
}

const CASES: [title: string, options: ConnectOptions, own: string, other: string][] = [
  ["tls: true", { tls: true }, "jitterTls", "jitter"],
  ["TLS options", { tls: { minVersion: "TLSv1.3" } }, "jitterTls", "jitter"],
  ["a tls:// URL", { servers: "tls://localhost" }, "jitterTls", "jitter"],
  ["a tls:// URL among others", { servers: ["localhost", "tls://localhost"] }, "jitterTls", "jitter"],
  ["no word about TLS", {}, "jitter", "jitterTls"],
  ["tls: false", { tls: false }, "jitter", "jitterTls"],
];

test.each(CASES)(
  "with %s its own jitter leaves pauses to chance, and the other one does not [RECON-15]",
  async (_title, options, own, other) => {
    const random = await pauses({ ...options, reconnect: { [own]: 1, [other]: 0 } });
    expect(Math.min(...random)).toBeLessThan(0.9 * PAUSE);
    expect(new Set(random).size).toBeGreaterThan(1);
    const full = await pauses({ ...options, reconnect: { [own]: 0, [other]: 1 } });
    // What is told is what is left of the pause.
    for (const delay of full) expect(delay).toBeGreaterThan(0.9 * PAUSE);
  },
);
