/**
 * How values of one kind travel. Both directions throw `INVALID_CONFIG` for what is not of this kind; `at` is the field
 * that the error names.
 */
export interface Kind<T = unknown> {
  /** Said after the field's name where another client has another unit: "in milliseconds". */
  readonly unit?: string;
  write(value: unknown, at: string): unknown;
  /** Undefined for a value that says no more than if it were left out; `STRANGE` for one of a newer server. */
  read(json: unknown, at: string): T | undefined | typeof STRANGE;
}

/** What a newer server may mean by it isn't known: it is kept as it travelled. */
export const STRANGE: unique symbol = Symbol("strange");
