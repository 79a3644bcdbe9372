// OBJ-17
/** A meta as it travels. Fields that newer clients wrote stay when it is written again. */
export interface WireMeta {
  readonly name: string;
  readonly description?: string | undefined;
  readonly headers?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly options?: WireOptions | undefined;
  readonly bucket: string;
  readonly nuid: string;
  readonly size: number;
  /** Means nothing: the time of the message counts. Other clients expect a time here. */
  readonly mtime: string;
  readonly chunks: number;
  readonly digest?: string | undefined;
  readonly deleted?: boolean | undefined;
}

interface WireOptions {
  readonly max_chunk_size?: number | undefined;
  readonly link?: { readonly bucket: string; readonly name?: string | undefined } | undefined;
}
