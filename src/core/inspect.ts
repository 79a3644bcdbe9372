/** What Node, Deno and Bun call to show a value, as `console.log` does. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** The runtime's own way to show a plain object, with the options that it was called with. */
export type Inspect = (value: unknown, options?: object) => string;

/** How a value of ours is shown: its class, and what one wants to see of it; facts that are undefined are left out. */
export function inspected(
  name: string,
  facts: Readonly<Record<string, unknown>>,
  depth: number,
  options: object,
  inspect: Inspect | undefined,
): unknown {
  if (depth < 0) return `[${name}]`;
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return inspect === undefined ? known : `${name} ${inspect(known, { ...options, depth })}`;
}
