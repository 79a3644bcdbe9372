import { readText } from "./protocol/text.ts";

/** So many bytes of a payload are shown. */
const SHOWN = 64;

/** The first bytes of a payload, to be read by people: as text if they are text, else as hexadecimal digits. */
export function preview(bytes: Uint8Array): string {
  const cut = bytes.length > SHOWN;
  const text = readText(bytes, 0, Math.min(bytes.length, SHOWN));
  // A character that was cut in two becomes one or more replacement characters at the end.
  const whole = cut ? text.replace(/\uFFFD{1,3}$/, "") : text;
  // oxlint-disable-next-line no-control-regex -- what a terminal can't show is what is looked for
  const shown = /[\uFFFD\u0000-\u0008\u000E-\u001F\u007F]/.test(whole)
    ? hex(bytes.subarray(0, SHOWN))
    : whole;
  return cut ? `${shown}…` : shown;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
