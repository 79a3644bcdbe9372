import { AnswerFields } from "../api/answer-fields.ts";
import type { Api, ApiAnswer } from "../api/api.ts";
import type { WaitOptions } from "../../core/waiter.ts";

/** What is used of JetStream: bytes, and numbers of streams and consumers. */
export interface AccountUsage {
  readonly memory: number;
  readonly storage: number;
  /** Bytes that streams with `maxBytes` have reserved, used or not. */
  readonly reservedMemory: number;
  readonly reservedStorage: number;
  readonly streams: number;
  readonly consumers: number;
  readonly limits: AccountLimits;
}

/** How much may be used; `Infinity` where there is no limit. */
export interface AccountLimits {
  readonly maxMemory: number;
  readonly maxStorage: number;
  readonly maxStreams: number;
  readonly maxConsumers: number;
  readonly maxAckPending: number;
  readonly memoryMaxStreamBytes: number;
  readonly storageMaxStreamBytes: number;
  /** Whether each stream must have `maxBytes`. */
  readonly maxBytesRequired: boolean;
}

/** What an account uses of JetStream, and its limits. */
export interface AccountInfo extends AccountUsage {
  /** The JetStream domain of whoever answered. */
  readonly domain?: string;
  readonly api: ApiUsage;
  /**
   * Usage and limits by the number of replicas, `R1`, `R3` …, for accounts with tiers. The other fields are then the sum, without
   * limits.
   */
  readonly tiers: Readonly<Record<string, AccountUsage>>;
}

/** What was asked of the server that answered, since it started; `level` is its API level. */
export interface ApiUsage {
  readonly level: number;
  readonly total: number;
  readonly errors: number;
  /** Requests that it is busy with. */
  readonly inflight: number;
}

// JS-CTX-01
export async function accountInfo(api: Api, options: WaitOptions): Promise<AccountInfo> {
  return readAccountInfo(await api.request({ subject: "INFO", options }));
}

function readAccountInfo(answer: ApiAnswer): AccountInfo {
  const fields = new AnswerFields("INFO", answer);
  const domain = fields.optionalText("domain");
  const tiers = fields.object("tiers");
  return {
    ...readUsage(fields),
    ...(domain === undefined ? {} : { domain }),
    api: readApiUsage(fields.object("api")),
    tiers: Object.fromEntries(tiers.names.map((name) => [name, readUsage(tiers.object(name))])),
  };
}

function readUsage(fields: AnswerFields): AccountUsage {
  return {
    memory: fields.count("memory"),
    storage: fields.count("storage"),
    reservedMemory: fields.count("reserved_memory"),
    reservedStorage: fields.count("reserved_storage"),
    streams: fields.count("streams"),
    consumers: fields.count("consumers"),
    limits: readLimits(fields.object("limits")),
  };
}

function readLimits(fields: AnswerFields): AccountLimits {
  return {
    maxMemory: fields.limit("max_memory"),
    maxStorage: fields.limit("max_storage"),
    maxStreams: fields.limit("max_streams"),
    maxConsumers: fields.limit("max_consumers"),
    maxAckPending: fields.limit("max_ack_pending"),
    memoryMaxStreamBytes: fields.limit("memory_max_stream_bytes"),
    storageMaxStreamBytes: fields.limit("storage_max_stream_bytes"),
    maxBytesRequired: fields.flag("max_bytes_required"),
  };
}

function readApiUsage(fields: AnswerFields): ApiUsage {
  return {
    level: fields.count("level"),
    total: fields.count("total"),
    errors: fields.count("errors"),
    inflight: fields.count("inflight"),
  };
}
