import { invalidOption, shown } from "../../core/checks.ts";
import { hasLoneSurrogate, utf8Length } from "../../core/protocol/text.ts";
import { invalidConfig } from "./invalid-config.ts";

/** Names are tokens of subjects, and names of files of the server. */
const MAX_BYTES = 255;
const LAST_CONTROL = 0x20;
const DELETE = 0x7f;
const FORBIDDEN = ".*>/\\";

// JSM-03
/** Throws `INVALID_OPTION` unless `name` can be that of a stream; returns it. */
export function checkStreamName(name: string, argument = "stream"): string {
  return checkName(name, argument);
}

/** Throws `INVALID_OPTION` unless `name` can be that of a consumer; returns it. */
export function checkConsumerName(name: string, argument = "consumer"): string {
  return checkName(name, argument);
}

function checkName(name: unknown, argument: string): string {
  const fault = faultOfName(name);
  if (fault !== undefined) throw invalidOption(argument, fault);
  return name as string;
}

/** As {@link checkStreamName}, of a name in a configuration: throws `INVALID_CONFIG`. */
export function checkConfiguredName(name: unknown, at: string): void {
  const fault = faultOfName(name);
  if (fault !== undefined) throw invalidConfig(at, fault);
}

function faultOfName(name: unknown): string | undefined {
  if (typeof name !== "string") return `it must be a string, not ${shown(name)}`;
  if (name === "") return "it must not be empty";
  for (const character of name) {
    if (isForbidden(character)) {
      return `${shown(name)} has a ${shown(character)}: white space, dots, wildcards and slashes are not allowed`;
    }
  }
  if (hasLoneSurrogate(name)) return "it has half of a surrogate pair, which has no UTF-8";
  const bytes = utf8Length(name);
  return bytes > MAX_BYTES ? `it has ${bytes} bytes, and may have ${MAX_BYTES}` : undefined;
}

function isForbidden(character: string): boolean {
  const code = character.charCodeAt(0);
  return code <= LAST_CONTROL || code === DELETE || FORBIDDEN.includes(character);
}
