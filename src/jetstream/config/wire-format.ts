/** Changes of a configuration: a field that is named changes, null takes it away, and the rest stays. */
export type Changes<C> = { readonly [K in keyof C]?: C[K] | null };

/**
 * Fields of a newer server, as they travel. They are kept when a configuration that was read, or a copy of it, is written back to
 * that server. Sent anywhere else they are `UNKNOWN_FIELD`.
 */
export type UnknownFields = Readonly<Record<string, unknown>>; // JS-CTX-12

/**
 * JSON as servers and other NATS tools spell it, and back. Both throw `INVALID_CONFIG`, with the field as `argument`:
 * `sources[0].startSeq` on the way out, `sources[0].opt_start_seq` on the way in.
 */
export interface WireFormat<C> {
  /** Checks the configuration as before it is sent. A default that servers do not share is written out. */
  toWire(config: C): Record<string, unknown>;
  /** Fields that are not known here are kept under `unknown`. */
  fromWire(json: unknown): C;
}
