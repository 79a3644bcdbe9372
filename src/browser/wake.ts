/** Milliseconds between looks at the clock. */
const LOOK_INTERVAL = 1000;

/** A look that comes so late tells of a sleep. */
const SLEPT = 5000;

/** The same of a hidden page, whose timers browsers let run only once a minute. */
const SLEPT_HIDDEN = 90_000;

/**
 * Calls `onWake` when the page comes back: it is online again, it is shown again, or its clock has jumped. Returns what
 * ends that. A worker has no page to be shown, and some have no events at all.
 */
export function watchWake(onWake: () => void): () => void {
  const page = globalThis.document as Document | undefined;
  const onVisibility = (): void => {
    if (page?.visibilityState === "visible") onWake();
  };
  let lastLook = Date.now();
  const clock = setInterval(() => {
    const now = Date.now();
    const isHidden = page?.visibilityState === "hidden";
    if (now - lastLook > (isHidden ? SLEPT_HIDDEN : SLEPT)) onWake();
    lastLook = now;
  }, LOOK_INTERVAL);
  globalThis.addEventListener?.("online", onWake);
  globalThis.addEventListener?.("pageshow", onWake);
  page?.addEventListener("visibilitychange", onVisibility);
  return () => {
    clearInterval(clock);
    globalThis.removeEventListener?.("online", onWake);
    globalThis.removeEventListener?.("pageshow", onWake);
    page?.removeEventListener("visibilitychange", onVisibility);
  };
}
