/** The bytes that the protocol gives a meaning to. */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const DIGIT_0 = 0x30;
export const COLON = 0x3a;
export const ASTERISK = 0x2a;
export const GREATER = 0x3e;
export const UPPER_G = 0x47;
export const UPPER_H = 0x48;
export const UPPER_I = 0x49;
export const UPPER_M = 0x4d;
export const UPPER_P = 0x50;
export const UPPER_S = 0x53;
export const UPPER_U = 0x55;
export const UPPER_B = 0x42;
export const DELETE = 0x7f;

/** Clears the bit that tells `m` from `M`: verbs are case-insensitive (WIRE-11). */
export const UPPER_CASE_MASK = 0xdf;

/** Whether a header's value may not begin or end with it. */
export function isBlank(unit: number): boolean {
  return unit === SPACE || unit === TAB;
}
