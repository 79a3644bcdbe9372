/** As nats-server writes how long something has lasted: `1y2d3h4m5s`. */
export function uptime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const parts = [`${seconds % 60}s`];
  if (minutes > 0) parts.unshift(`${minutes % 60}m`);
  if (hours > 0) parts.unshift(`${hours % 24}h`);
  if (days > 0) parts.unshift(`${days % 365}d`);
  if (days >= 365) parts.unshift(`${Math.floor(days / 365)}y`);
  return parts.join("");
}

/** As Go writes a short duration: `2.5ms`, `820µs`, `0s`. */
export function shortDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  if (milliseconds < 1) return `${round(milliseconds * 1000)}µs`;
  return milliseconds < 1000 ? `${round(milliseconds)}ms` : `${round(milliseconds / 1000)}s`;
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** Nanoseconds, which Go's durations are in JSON. */
export function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}
