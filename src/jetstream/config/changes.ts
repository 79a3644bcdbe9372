import { invalidOption, shown } from "../../core/checks.ts";
import type { Changes } from "./wire-format.ts";

/** How the server fills in `duplicateWindow`. */
const DUPLICATE_WINDOW = 120_000;

/** What {@link applyChanges} looks at. */
interface Derived {
  readonly maxAge?: number;
  readonly duplicateWindow?: number;
  readonly mirror?: unknown;
  readonly backoff?: unknown;
  readonly ackWait?: number;
}

/**
 * A configuration that was read, with these changes: a field that is named changes, null takes it away, and the rest stays. Nobody
 * chose a field that the server derived from one that changes: it is taken away, so that the server derives it anew.
 */
export function applyChanges<C extends object>(config: C, changes: Changes<C>): C {
  if (typeof changes !== "object" || changes === null || Array.isArray(changes)) {
    throw invalidOption("changes", `they must be an object, not ${shown(changes)}`);
  }
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const changed: Record<string, unknown> = { ...(config as object) };
  for (const name of derived(config, Object.fromEntries(given))) delete changed[name];
  for (const [name, value] of given) {
    if (value === null) delete changed[name];
    else changed[name] = value;
  }
  return changed as C;
}

function derived(config: Derived, changes: Readonly<Record<string, unknown>>): string[] {
  const names: string[] = [];
  const usualWindow = Math.min(DUPLICATE_WINDOW, config.maxAge ?? Infinity);
  if ("maxAge" in changes && config.duplicateWindow === usualWindow) names.push("duplicateWindow");
  // JS-CON-09: a back-off is in place of the ack wait.
  if ("backoff" in changes) names.push("ackWait");
  // JS-STR-43
  if (changes["mirror"] === null) names.push("mirrorDirect");
  return names;
}
