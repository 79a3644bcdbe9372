import { invalidOption, shown } from "../../core/checks.ts";
import type { StreamConfig } from "../config/stream-config.ts";
import type { Changes } from "../config/wire-format.ts";

/** A configuration with these changes: what is named changes, null takes a field away, the rest stays. */
export function applyChanges(config: StreamConfig, changes: Changes<StreamConfig>): StreamConfig {
  if (typeof changes !== "object" || changes === null || Array.isArray(changes))
    throw invalidOption("changes", `they must be an object, not ${shown(changes)}`);
  const changed: Record<string, unknown> = { ...config };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete changed[name];
    else if (value !== undefined) changed[name] = value;
  }
  // JS-STR-43: what was said of a mirror goes with it, or the server refuses what is left.
  if (changes.mirror === null && changes.mirrorDirect === undefined) delete changed["mirrorDirect"];
  return changed as unknown as StreamConfig;
}
