import type { JetStreamErrorCode } from "../errors.ts";

/** What the server's error means here. */
export interface ErrorMeaning {
  readonly code: JetStreamErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** The field of a configuration that is at fault. */
  readonly argument?: string | undefined;
  /** With `WRONG_LAST_SEQUENCE`: the one that would have been right. */
  readonly lastSequence?: number | undefined;
}

/** Our code for each `err_code`, less 10000. An `err_code` that is not here is an `API_ERROR`. */
const CODES: Partial<Record<JetStreamErrorCode, readonly number[]>> = {
  JETSTREAM_NOT_ENABLED: [76],
  JETSTREAM_NOT_ENABLED_FOR_ACCOUNT: [39],
  SERVER_TOO_OLD: [185],
  TOO_MANY_REQUESTS: [167, 210, 211],
  STREAM_NOT_FOUND: [59],
  STREAM_EXISTS: [58, 130],
  CONSUMER_NOT_FOUND: [14, 149],
  CONSUMER_EXISTS: [13, 105, 106, 148],
  ASSET_OFFLINE: [118, 119, 194, 195],
  STREAM_FULL: [2, 23, 28, 47],
  BACKUP_INCOMPLETE: [62],
  MESSAGE_TOO_LARGE: [54, 97],
  WRONG_LAST_SEQUENCE: [71, 164],
  EXPECTATION_FAILED: [60, 70],
  BATCH_FAILED: [175, 176, 177, 179, 199, 200, 201],
  INGEST_ENDED: [208],
  TOO_MANY_SUBJECTS: [117],
  INVALID_CONFIG: [11, 52, 78, 90, 91, 92, 123, 157],
};

/** The field of a configuration that is at fault, with its `err_code`s, less 10000. */
const FIELDS: Readonly<Record<string, readonly number[]>> = {
  name: [102, 127, 128, 132],
  durable: [85, 103],
  description: [107],
  metadata: [135],
  subjects: [34, 65],
  replicas: [61, 74, 126, 133, 134],
  maxBytes: [113, 122],
  maxMsgSize: [30, 46],
  firstSeq: [143],
  subjectTransform: [155, 156],
  mirror: [32, 33, 55, 142, 150, 151, 152, 154, 213, 214],
  sources: [31, 140, 141, 144, 145, 146, 147, 215, 216, 217],
  external: [21, 22, 24],
  allowMsgCounter: [173],
  allowMsgSchedules: [186, 187],
  allowAtomic: [198],
  allowBatched: [209],
  deliverPolicy: [94, 101],
  filterSubjects: [93, 99, 100, 131, 136, 137, 138, 139],
  sampleFrequency: [95],
  ackPolicy: [84, 98, 181],
  ackWait: [183, 221],
  backoff: [184],
  maxDeliver: [116, 222],
  maxAckPending: [82, 121, 220],
  maxWaiting: [80, 87],
  maxBatch: [114, 125],
  maxExpires: [115],
  inactiveThreshold: [153],
  replayPolicy: [182],
  priority: [159, 161, 162, 178, 196, 197],
  push: [88, 89, 218],
  "push.deliverSubject": [79, 81, 112],
  "push.idleHeartbeat": [83, 108],
  "push.flowControl": [219],
  "push.rateLimitBps": [86],
};

/** Passing states: a cluster without a leader, a write that is under way, a batch whose leader has changed. */
const PASSING: readonly number[] = [4, 8, 9, 63, 75, 77, 158, 163, 176, 202];

const RETRYABLE: readonly JetStreamErrorCode[] = ["TOO_MANY_REQUESTS", "ASSET_OFFLINE", "STREAM_FULL"];

const TOO_MANY_REQUESTS = 429;

/** What an error of the server means. The `description` is the server's own text; no other place interprets it. */
export function meaningOf(errCode: number, status: number | undefined, description: string): ErrorMeaning {
  const short = errCode - 10_000;
  const read = TEXTS[short]?.(description);
  if (read !== undefined) return { retryable: false, ...read };
  const argument = keyWith(FIELDS, short);
  if (argument !== undefined) return { code: "INVALID_CONFIG", retryable: false, argument };
  const code = (keyWith(CODES, short) as JetStreamErrorCode | undefined) ?? codeOfStatus(status);
  return { code, retryable: RETRYABLE.includes(code) || PASSING.includes(short) };
}

function codeOfStatus(status: number | undefined): JetStreamErrorCode {
  return status === TOO_MANY_REQUESTS ? "TOO_MANY_REQUESTS" : "API_ERROR";
}

function keyWith(
  table: Readonly<Record<string, readonly number[] | undefined>>,
  value: number,
): string | undefined {
  return Object.keys(table).find((key) => table[key]!.includes(value));
}

type Meaning = Omit<ErrorMeaning, "retryable"> & { readonly retryable?: boolean };

/** Codes whose text says more than the code does. */
const TEXTS: Readonly<Record<number, (text: string) => Meaning | undefined>> = {
  // consumer create: {err}
  12: (text) =>
    text.endsWith("can not be updated") ? { code: "INVALID_CONFIG", argument: fieldOf(text) } : undefined,
  // invalid JSON: json: unknown field "x"
  25: (text) => {
    const [, argument] = /unknown field "([^"]*)"/.exec(text) ?? [];
    return argument === undefined ? undefined : { code: "UNKNOWN_FIELD", argument };
  },
  // restore failed: {err}[ ({err_code})]: the bytes, unless it is another error
  62: (text) => {
    const [, code] = / \((1\d{4})\)$/.exec(text) ?? [];
    return code === undefined ? undefined : meaningOf(Number(code), undefined, text);
  },
  // wrong last sequence: {seq}
  71: (text) => ({ code: "WRONG_LAST_SEQUENCE", lastSequence: sequenceIn(text) }),
  // {err}: what the store says
  77: (text) => {
    if (/maximum .*exceeded$/.test(text)) return { code: "STREAM_FULL", retryable: true };
    return text.includes("too large") ? { code: "MESSAGE_TOO_LARGE" } : undefined;
  },
};

/** The fields of a consumer that can't be changed, by the words of the server. */
const UNCHANGEABLE: Readonly<Record<string, string>> = {
  "deliver policy": "deliverPolicy",
  "start sequence": "deliverPolicy",
  "start time": "deliverPolicy",
  "storage type": "storage",
  "ack policy": "ackPolicy",
  "replay policy": "replayPolicy",
  "heart beats": "push.idleHeartbeat",
  "flow control": "push.flowControl",
  "max waiting": "maxWaiting",
};

function fieldOf(text: string): string | undefined {
  return UNCHANGEABLE[text.replace(/ can not be updated$/, "")];
}

function sequenceIn(text: string): number | undefined {
  const [, digits] = /: (\d+)$/.exec(text) ?? [];
  const sequence = Number(digits);
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}
