import { join } from "node:path";
import process from "node:process";
import { invalidOption } from "../core/checks.ts";

/** Where a path is expanded; by default, here. */
export interface PathPlace {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
}

/**
 * Expands `$VAR` and `${VAR}`, which are empty if unset, and then a leading `~`, alone or before a slash.
 * Throws `INVALID_OPTION` naming `argument` for what is not a path, and for a `~` without a home.
 */
export function expandPath(path: string, argument: string, place: PathPlace = {}): string {
  if (typeof path !== "string") throw invalidOption(argument, `it must be a path, not a ${typeof path}`);
  const { env = process.env, platform = process.platform } = place;
  const expanded = path.replaceAll(
    /\$(?:\{([^}]*)\}|([A-Za-z_]\w*))/g,
    (_, braced?: string, bare?: string) => env[braced ?? bare ?? ""] ?? "",
  );
  if (expanded === "") throw invalidOption(argument, path === "" ? "it is empty" : "all of it is unset");
  const isInHome = platform === "win32" ? /^~(?:[/\\]|$)/.test(expanded) : /^~(?:\/|$)/.test(expanded);
  return isInHome ? join(homeIn(env, platform, argument), expanded.slice(1)) : expanded;
}

function homeIn(env: NonNullable<PathPlace["env"]>, platform: string, argument: string): string {
  if (platform !== "win32") {
    if (env["HOME"]) return env["HOME"];
    throw invalidOption(argument, "~ needs $HOME, which is not set");
  }
  const { HOMEDRIVE, HOMEPATH, USERPROFILE } = env;
  if (HOMEDRIVE && HOMEPATH) return join(HOMEDRIVE, HOMEPATH);
  if (USERPROFILE) return USERPROFILE;
  throw invalidOption(argument, "~ needs %HOMEDRIVE% and %HOMEPATH%, or %USERPROFILE%, which are not set");
}
