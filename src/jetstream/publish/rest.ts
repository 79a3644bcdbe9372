import { Waiter, type WaitOptions, type WaitSubject } from "../../core/waiter.ts";

/** Resolves after so many milliseconds. Rejects with `ABORTED`. */
export async function rest(
  delay: number,
  { signal }: Pick<WaitOptions, "signal">,
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
