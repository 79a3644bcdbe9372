import { aBoolean, type Check, type Checks, checkOptions, type FormerNames, orNull } from "../core/checks.ts";
import {
  backedBy,
  backingFields,
  STREAM_BACKED,
  type StreamBacked,
} from "../jetstream/config/stream-backed.ts";
import type { StreamConfig } from "../jetstream/config/stream-config.ts";
import type { StreamInfo } from "../jetstream/config/stream-info.ts";
import type { Changes } from "../jetstream/config/wire-format.ts";
import { anyChunkSubject, anyMetaSubject, checkStoreName, streamOf } from "./names.ts";

/** How a store is to be. A limit that is absent is none. */
export interface StoreConfig extends StreamBacked {
  /** Lets other clients send chunks by fast ingest; needs nats-server 2.14. Puts from here don't use it. @default false */
  readonly allowBatched?: boolean; // OBJ-20
}

/** What a store holds, and how it is configured. */
export interface StoreStatus {
  /** The store's name. */
  readonly store: string;
  /** Bytes that it takes at the server. */
  readonly bytes: number;
  /** Nothing comes in, and nothing goes. */
  readonly sealed: boolean;
  readonly config: StoreConfig;
  /** The stream that holds it. */
  readonly stream: StreamInfo;
}

const CONFIG: Checks<StoreConfig> = { ...STREAM_BACKED, allowBatched: aBoolean };

/** As nats.js calls them. */
const FORMER: FormerNames = { max_bytes: '"maxBytes"', max_age: '"ttl", in milliseconds', maxAge: '"ttl"' };

// OBJ-01, OBJ-18
/**
 * The configuration of the stream that holds such a store: for `plan` of natspeed/jetstream. Throws `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { storeStream } from "natspeed/object-store";
 *
 * console.log(storeStream("models", { replicas: 3 }).subjects); // [ '$O.models.C.>', '$O.models.M.>' ]
 * ```
 */
export function storeStream(store: string, config: StoreConfig = {}): StreamConfig {
  const { ttl, compression, ...same } = checkOptions(config, CONFIG, undefined, FORMER);
  return {
    ...same,
    name: streamOf(checkStoreName(store)),
    subjects: [anyChunkSubject(store), anyMetaSubject(store)],
    discard: "new",
    allowRollup: true,
    allowDirect: true,
    ...backingFields({ ttl, compression }),
  };
}

/** Changes of a store as changes of its stream. Throws `INVALID_OPTION`. */
export function streamChanges(changes: Changes<StoreConfig>): Changes<StreamConfig> {
  const { compression, ttl, ...same } = checkOptions(changes, CHANGES, "changes", FORMER);
  return {
    ...same,
    ...(ttl === undefined ? {} : { maxAge: ttl }),
    ...(compression === undefined ? {} : { compression: compression === true ? "s2" : null }),
  };
}

const CHANGES = Object.fromEntries(
  Object.entries(CONFIG).map(([name, check]) => [name, orNull(check as Check<unknown>)]),
) as unknown as Checks<Changes<StoreConfig>>;

/** Whether a stream is a store: by its subjects, or as the mirror of one, which has none. */
export function isStore(store: string, config: StreamConfig): boolean {
  const { subjects = [], mirror } = config;
  if (mirror !== undefined) return mirror.name === streamOf(store);
  return subjects.includes(anyChunkSubject(store)) && subjects.includes(anyMetaSubject(store));
}

// OBJ-02
export function statusOf(store: string, info: StreamInfo): StoreStatus {
  const { config, state } = info;
  return {
    store,
    bytes: state.bytes,
    sealed: config.sealed === true,
    config: {
      ...backedBy(config),
      ...(config.allowBatched === undefined ? {} : { allowBatched: config.allowBatched }),
    },
    stream: info,
  };
}
