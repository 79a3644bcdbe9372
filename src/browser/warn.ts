import type { Warning } from "../core/transport.ts";

/** As an error of the page that nobody caught: its console shows it, and so does what watches the page. */
export function warn({ code, message, cause }: Warning): void {
  const error = Object.assign(new Error(message, { cause }), { name: "NatsWarning", code });
  // Some workers are without it.
  if (typeof reportError === "function") reportError(error);
}
