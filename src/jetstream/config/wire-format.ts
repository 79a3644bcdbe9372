/** What is named changes, null takes a field away, the rest stays. */
export type Changes<C> = { readonly [K in keyof C]?: C[K] | null };
/** Fields of a newer server, as they travel: kept when written back to that server, elsewhere `UNKNOWN_FIELD`. */
export type UnknownFields = Readonly<Record<string, unknown>>; // JS-CTX-12
/** JSON as servers and other tools spell it, and back. Throws `INVALID_CONFIG`, with the field as `argument`. */
export interface WireFormat<C> {
  toWire(config: C): Record<string, unknown>;
  fromWire(json: unknown): C;
}
