import process from "node:process";
import type { Warning } from "../core/transport.ts";

/** As a warning of the process, which `--no-warnings` silences and `process.on("warning")` hears. */
export function warn({ code, message, cause }: Warning): void {
  const detail = cause instanceof Error ? cause.stack : undefined;
  process.emitWarning(message, { type: "NatsWarning", code, ...(detail === undefined ? {} : { detail }) });
}
