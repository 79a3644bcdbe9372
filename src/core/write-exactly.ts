/** Before the digits of a bigint, while it is a string: what no string of a body begins with. */
const MARK = "\u{10ffff}#";
const MARKED = /"\u{10ffff}#(-?\d+)"/gu;

/** As `JSON.stringify`, but a `bigint`, as answers have them for numbers of 64 bits, becomes that number. */
export function writeExactly(body: unknown): string {
  let isMarked = false;
  const json = JSON.stringify(body, (_name, value: unknown) => {
    if (typeof value !== "bigint") return value;
    isMarked = true;
    return `${MARK}${value}`;
  });
  return isMarked ? json.replaceAll(MARKED, "$1") : json;
}
