/**
 * Throws for what JSON makes `{}` of in silence, wherever in the value it is: a Map, a Set, URLSearchParams, a loop, an instance
 * without a `toJSON` that keeps all to itself. `json` is the value's JSON.
 */
export function refuseEmptied(value: unknown, json: string): void {
  // Few texts have that: the others don't pay for a second walk.
  if (json.includes("{}")) JSON.stringify(value, refused);
}

function refused(key: string, value: unknown): unknown {
  if (!isEmptied(value)) return value;
  const place = key === "" ? "" : `, as "${key}"`;
  throw new TypeError(`JSON makes "{}" of this ${kindOf(value)}${place}: give a plain object, or a toJSON()`);
}

function isEmptied(value: unknown): value is object {
  if (typeof value !== "object" || value === null || isPlain(value)) return false;
  return Object.keys(value).length === 0 && JSON.stringify(value) === "{}";
}

/** Made by `{}`, in whatever realm, or without a prototype. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The name of its class, or what the runtime calls such a value. */
function kindOf(value: object): string {
  const { constructor: made } = value as { readonly constructor?: unknown };
  if (typeof made === "function" && made.name !== "") return made.name;
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
