import { DIGIT_0 } from "./ascii.ts";

/** Numbers of up to so many digits are read without loss. */
const MAX_DIGITS = 15;

/** The decimal number that is `bytes[start, end)`; -1 if that is none, or has more than 15 digits. */
export function readDigits(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || end - start > MAX_DIGITS) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - DIGIT_0;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
