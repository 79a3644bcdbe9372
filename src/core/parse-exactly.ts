/** Numbers of so many digits may be more than a number can hold. */
const MAY_BE_LARGE = /\d{16}/;

// A string, which is passed over, or a number.
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LARGE = /^-?\d{16,}$/;

/** Before the digits of a large number, while it is a string. JSON has it escaped, so no string of an answer has it. */
const MARK = "\u0000#";
const MARK_IN_JSON = String.raw`\u0000#`;

/**
 * As `JSON.parse`, but a whole number that a `number` can't hold exactly becomes a `bigint`: nothing of 64 bits is rounded
 * in silence. Throws `SyntaxError`.
 */
export function parseExactly(json: string): unknown {
  if (!MAY_BE_LARGE.test(json)) return JSON.parse(json);
  const marked = json.replaceAll(TOKEN, (token) =>
    !LARGE.test(token) || isExact(token) ? token : `"${MARK_IN_JSON}${token}"`,
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? readMarked(value) : value,
  );
}

function isExact(digits: string): boolean {
  const value = Number(digits);
  // 2^60 is a number's value too, but as text that is 1152921504606847000: it would be written back so.
  return BigInt(value) === BigInt(digits) && String(value) === digits;
}

function readMarked(value: string): unknown {
  const digits = value.slice(MARK.length);
  return LARGE.test(digits) ? BigInt(digits) : value;
}
