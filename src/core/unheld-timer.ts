/** A timer that keeps no process alive, where there is such a thing. */
export function setUnheldTimer(run: () => void, delay: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, delay);
  if (typeof timer === "object") timer.unref();
  return timer;
}
