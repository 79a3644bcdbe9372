/**
 * A text that two values have in common if they say the same: the order of an object's fields says nothing, and that of a
 * list nothing unless `isOrdered`; what is empty says the same as nothing.
 */
export function textOf(value: unknown, isOrdered: boolean): string {
  return JSON.stringify(plain(value, isOrdered) ?? null, (_name, each: unknown) =>
    typeof each === "bigint" || each === Infinity ? String(each) : each,
  );
}

/** Undefined if there is nothing in it. */
function plain(value: unknown, isOrdered: boolean): unknown {
  if (value === "" || value === null) return undefined;
  if (typeof value !== "object" || value instanceof Date) return value;
  if (Array.isArray(value)) return plainList(value, isOrdered);
  const fields = Object.entries(value)
    .map(([name, each]) => [name, plain(each, isOrdered)] as const)
    .filter(([, each]) => each !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

function plainList(values: readonly unknown[], isOrdered: boolean): unknown {
  if (values.length === 0) return undefined;
  if (isOrdered) return values.map((each) => plain(each, true));
  return values.map((each) => textOf(each, false)).sort();
}
