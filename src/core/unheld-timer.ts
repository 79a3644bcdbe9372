/** What timers are where they hold a process; in browsers they are numbers. */
interface HoldingTimer {
  unref?(): void;
}

/** A timer that keeps no process alive, where there is such a thing. */
export function setUnheldTimer(run: () => void, delay: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, delay);
  (timer as unknown as HoldingTimer).unref?.();
  return timer;
}
