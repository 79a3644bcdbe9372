/** A member of an object, its value as it was written. */
export interface Member {
  readonly name: string;
  readonly text: string;
}

/** Strings, what structures a document, and all else: numbers and words. */
const TOKENS = /"(?:[^"\\]+|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * The members of an object, in order and with those that come twice. `JSON.parse` keeps neither those nor how numbers
 * were written, and Go looks at both. The text must be known to be an object.
 */
export function membersOf(text: string): Member[] {
  const members: Member[] = [];
  let depth = 0;
  let name: string | undefined;
  let valueStart = 0;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === "}" || token === "]") depth--;
    if (name !== undefined && (depth === 0 || (depth === 1 && token === ","))) {
      members.push({ name, text: text.slice(valueStart, index).trim() });
      name = undefined;
    } else if (depth === 1 && token === ":") {
      valueStart = index + 1;
    } else if (depth === 1 && name === undefined && token.startsWith('"')) {
      name = JSON.parse(token) as string;
    }
    if (token === "{" || token === "[") depth++;
  }
  return members;
}
