import type { NatsError } from "./errors.ts";

/** V8 has had it for long, the others by now. */
const { captureStackTrace } = Error as { captureStackTrace?: (error: object, above?: unknown) => void };

/**
 * Rejects with `error`, whose stack becomes that of whoever awaits. The promise that is awaited must be resolved with this
 * one: an engine finds the lines that await a promise only from within a reaction that leads to it. So it costs nothing
 * until something fails.
 */
export async function rejection(error: NatsError): Promise<never> {
  // It takes a turn until the other promise follows this one.
  await nextTurn();
  await nextTurn();
  throw withStackOfCaller(error);
}

async function nextTurn(): Promise<void> {}

/** `error` with the stack of this place, and of those who await. */
export function withStackOfCaller(error: NatsError): NatsError {
  captureStackTrace?.(error, withStackOfCaller);
  return error;
}

/** Another error like this one: each of several waits needs a stack of its own. */
export function copyOf<E extends NatsError>(error: E): E {
  const copy = new Error(error.message);
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object);
  for (const key of Reflect.ownKeys(error)) {
    if (Object.hasOwn(copy, key)) continue;
    Object.defineProperty(copy, key, Object.getOwnPropertyDescriptor(error, key)!);
  }
  return copy as E;
}
