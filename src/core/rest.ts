import { Waiter, type WaitLimits, type WaitSubject } from "./waiter.ts";

/** Resolves after so many milliseconds. Rejects with `ABORTED`. The signal is as it is shared: thousands may rest by it. */
export async function rest(
  delay: number,
  { signal }: { readonly signal?: WaitLimits["signal"] | undefined },
  subject: WaitSubject,
): Promise<void> {
  const waiter = new Waiter<void>(signal === undefined ? {} : { signal }, subject);
  const timer = setTimeout(() => waiter.resolve(), delay);
  try {
    await waiter.promise;
  } finally {
    clearTimeout(timer);
  }
}
