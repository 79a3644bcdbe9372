/** One or the other, never both. */
export type Either<A, B> =
  | (A & { readonly [K in keyof B]?: never })
  | (B & { readonly [K in keyof A]?: never });
