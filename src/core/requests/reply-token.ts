/**
 * The last token of a request's reply subject: 8 base-62 digits (INBOX-05). The first two are the connection's own,
 * the others count requests; both are written into and read from bytes, so that no string is made for a response.
 */
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
const VALUES = new Int8Array(256).fill(-1);
DIGITS.forEach((digit, value) => {
  VALUES[digit] = value;
});

export const TOKEN_LENGTH = 8;
const SALT_LENGTH = 2;

/** How many ids there are before they begin anew; they stay small integers. */
export const TOKEN_IDS = 1_073_741_824;

/** Writes two random digits at `at`: an id of another connection with this inbox is then most likely not taken for ours. */
export function writeSalt(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < SALT_LENGTH; i++) bytes[at + i] = DIGITS[Math.floor(Math.random() * 62)]!;
}

/** Whether the token at `at` has the same salt as the one at `otherAt`. */
export function hasSalt(bytes: Uint8Array, at: number, other: Uint8Array, otherAt: number): boolean {
  return bytes[at] === other[otherAt] && bytes[at + 1] === other[otherAt + 1];
}

/** Writes the digits of `id` behind the salt of the token at `at`. */
export function writeTokenId(bytes: Uint8Array, at: number, id: number): void {
  let rest = id;
  for (let i = at + TOKEN_LENGTH - 1; i >= at + SALT_LENGTH; i--) {
    const higher = Math.trunc(rest / 62);
    bytes[i] = DIGITS[rest - higher * 62]!;
    rest = higher;
  }
}

/** The id in the token at `at`; -1 if it is not one of digits. */
export function readTokenId(bytes: Uint8Array, at: number): number {
  let id = 0;
  for (let i = at + SALT_LENGTH; i < at + TOKEN_LENGTH; i++) {
    const value = VALUES[bytes[i]!]!;
    if (value < 0) return -1;
    id = id * 62 + value;
  }
  return id;
}
