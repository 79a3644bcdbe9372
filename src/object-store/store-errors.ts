import { isNatsError, type NatsError } from "../core/errors.ts";
import { differ } from "../jetstream/config/told-differences.ts";
import { JetStreamError } from "../jetstream/errors.ts";
import { ObjectStoreError, type ObjectStoreErrorFacts } from "./errors.ts";

/** The `err_code` for what a sealed stream refuses. */
const SEALED = 10_109;

function storeNotFound(store: string, cause?: NatsError): ObjectStoreError {
  return new ObjectStoreError("STORE_NOT_FOUND", `there is no object store "${store}"`, { store, cause });
}

export function notAStore(store: string, stream: string): ObjectStoreError {
  const text = `the stream "${stream}" is no object store: it does not take the subjects of one`;
  return new ObjectStoreError("NOT_A_STORE", text, { store });
}

export function storeExists(store: string, cause: JetStreamError): ObjectStoreError {
  const fields = (cause.fields ?? [])
    // It follows from the ttl.
    .filter((field) => field !== "duplicateWindow")
    .map((field) => (field === "maxAge" ? "ttl" : field));
  const text = `there is an object store "${store}" already, with another configuration${differ(fields)}; createOrUpdate() changes it, get() takes it as it is`;
  return new ObjectStoreError("STORE_EXISTS", text, { store, cause });
}

export function objectNotFound(store: string, object: string): ObjectStoreError {
  const text = `there is no object "${object}" in the store "${store}"`;
  return new ObjectStoreError("OBJECT_NOT_FOUND", text, { store, object });
}

export function objectExists(store: string, object: string): ObjectStoreError {
  const text = `there is an object "${object}" in the store "${store}" already`;
  return new ObjectStoreError("OBJECT_EXISTS", text, { store, object });
}

export function objectChanged(
  store: string,
  object: string,
  how: string,
  facts: Partial<ObjectStoreErrorFacts> = {},
): ObjectStoreError {
  const text = `the object "${object}" of the store "${store}" ${how}`;
  return new ObjectStoreError("OBJECT_CHANGED", text, { ...facts, store, object });
}

export function objectCorrupt(
  store: string,
  object: string,
  reason: string,
  facts: Partial<ObjectStoreErrorFacts> = {},
): ObjectStoreError {
  const text = `the object "${object}" of the store "${store}" is corrupt: ${reason}`;
  return new ObjectStoreError("OBJECT_CORRUPT", text, { ...facts, store, object });
}

/** An error of the stream in words of the store that it holds. */
export function storeError(thrown: unknown, store: string, object?: string): unknown {
  if (!isNatsError(thrown)) return thrown;
  const { subject } = thrown;
  if (isNatsError(thrown, "STREAM_NOT_FOUND")) return storeNotFound(store, thrown);
  // If it can be tried again, the stream exists, but has no leader just now.
  if (isNatsError(thrown, "NO_STREAM") && !thrown.retryable) return storeNotFound(store, thrown);
  if (thrown instanceof JetStreamError && thrown.errCode === SEALED) {
    const facts = { store, object, subject, cause: thrown };
    return new ObjectStoreError("STORE_SEALED", `the object store "${store}" is sealed`, facts);
  }
  return thrown;
}

/** Runs a call; an error of the stream becomes one of the store. */
export async function inWordsOf<T>(
  store: string,
  object: string | undefined,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw storeError(thrown, store, object);
  }
}
