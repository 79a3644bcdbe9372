import { isNatsError, type NatsError } from "../../src/index.ts";

/** The NatsError that `promise` rejects with; anything else, also that it resolves, is a failure of the test. */
export async function failure(promise: Promise<unknown>): Promise<NatsError> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    if (isNatsError(error)) return error;
    throw error;
  }
  if (isDisposable(result)) await result[Symbol.asyncDispose]();
  throw new Error("what should have been rejected was resolved");
}

/** The NatsError that `call` throws. */
export function thrown(call: () => unknown): NatsError {
  try {
    call();
  } catch (error) {
    if (isNatsError(error)) return error;
    throw error;
  }
  throw new Error("what should have thrown did not");
}

function isDisposable(value: unknown): value is AsyncDisposable {
  return typeof value === "object" && value !== null && Symbol.asyncDispose in value;
}
