/**
 * Which of these names is the one of a certificate's subject, both as RFC 4514 writes them: one whose parts come in the
 * same order, or else one that has the same parts in another, as tools differ in which end they begin at.
 */
export function findSubject(subject: string, names: Iterable<string>): string | undefined {
  const wanted = partsOf(subject);
  if (wanted === undefined) return undefined;
  const ordered = key(wanted);
  const sorted = key(wanted.toSorted());
  let reordered: string | undefined;
  for (const name of names) {
    const parts = partsOf(name);
    if (parts === undefined) continue;
    if (key(parts) === ordered) return name;
    if (key(parts.toSorted()) === sorted) reordered ??= name;
  }
  return reordered;
}

function key(parts: readonly string[]): string {
  return JSON.stringify(parts);
}

// CN=joe,OU=ops+OU=dev,O=acme\, inc
/** The parts, with their types in capitals; undefined for a text that is no such name. */
function partsOf(name: string): string[] | undefined {
  const parts: string[] = [];
  for (const text of name.match(/(?:\\.|[^+,\\])+/gs) ?? []) {
    const [, type, value] = /^ *([^ =]+) *= *(.*?) *$/s.exec(text) ?? [];
    if (type === undefined || value === undefined) return undefined;
    parts.push(`${type.toUpperCase()}=${value.replaceAll(/\\(.)/gs, "$1")}`);
  }
  return parts.length === 0 ? undefined : parts;
}

/** A part, so that nothing in its value ends it. */
export function writePart(type: string, value: string): string {
  return `${type}=${value.replaceAll(/[",+;<>\\]/g, String.raw`\$&`)}`;
}
