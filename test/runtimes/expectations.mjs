// What the checks of the smoke suite say of what they found.

/** @param {AsyncIterable<any>} items */
export async function collect(items) {
  /** @type {any[]} */
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}

/** @param {Promise<unknown>} promise */
export async function failure(promise) {
  return await promise.then(
    () => undefined,
    (error) => error,
  );
}

/** @param {typeof import("natspeed").isNatsError} isNatsError @param {unknown} error */
export function codeOf(isNatsError, error) {
  return isNatsError(error) ? error.code : `no NatsError: ${String(error)}`;
}

/** @param {unknown} found @param {unknown} wanted */
export function equal(found, wanted) {
  if (found !== wanted) throw new Error(`${String(found)} instead of ${String(wanted)}`);
}
