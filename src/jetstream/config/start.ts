import type { Either } from "./either.ts";

/** Where reading begins. */
export type Start = Either<{ readonly startSeq: number }, { readonly startTime: Date }>;
