import { Waiter, type WaitLimits, type WaitSubject } from "../../core/waiter.ts";

/** Resolves after so many milliseconds. Rejects with `ABORTED`. The signal is as it is shared: thousands may rest by it. */
export async function rest(
  delay: number,
  { signal }: Pick<WaitLimits, "signal">,
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
