import { type ErrorFacts, NatsError } from "../core/errors.ts";

/** The codes of {@link ObjectStoreError}; `docs/errors.md` has the cause and the remedy of each. */
export const objectStoreErrorCodes = [
  "STORE_NOT_FOUND",
  "STORE_EXISTS",
  "NOT_A_STORE",
  "STORE_SEALED",
  "OBJECT_NOT_FOUND",
  "OBJECT_EXISTS",
  "OBJECT_CHANGED",
  "OBJECT_CORRUPT",
  "BAD_LINK",
  "LINK_TO_STORE",
] as const;

/** The codes of {@link ObjectStoreError}. */
export type ObjectStoreErrorCode = (typeof objectStoreErrorCodes)[number];

/** Where a link leads: an object, or without one the whole store. */
export interface ObjectLink {
  readonly store: string;
  readonly object?: string;
}

/** What is known about a failure of a store beside its code; facts that don't apply are absent. */
export interface ObjectStoreErrorFacts extends ErrorFacts {
  readonly store: string;
  readonly object?: string | undefined;
  readonly link?: ObjectLink | undefined;
}

/** An object store refuses, or can't do what was asked. Facts that don't apply are absent. */
export class ObjectStoreError<
  Code extends ObjectStoreErrorCode = ObjectStoreErrorCode,
> extends NatsError<Code> {
  override readonly name = "ObjectStoreError";
  /** The store concerned. */
  readonly store: string;
  /** The object concerned. */
  declare readonly object?: string;
  /** With `BAD_LINK` and `LINK_TO_STORE`: where it leads. */
  declare readonly link?: ObjectLink;

  constructor(code: Code, message: string, facts: ObjectStoreErrorFacts) {
    const { store, ...others } = facts;
    super(code, message, others);
    this.store = store;
  }
}

declare module "../core/errors.ts" {
  interface EntryErrors extends Record<ObjectStoreErrorCode, ObjectStoreError> {}
}
