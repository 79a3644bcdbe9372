import type { StreamConfig } from "./stream-config.ts";

const PLAIN = {
  retention: "limits",
  maxMsgs: Infinity,
  maxBytes: Infinity,
  maxAge: Infinity,
  maxMsgSize: Infinity,
  maxMsgsPerSubject: Infinity,
  maxConsumers: Infinity,
  discard: "old",
  storage: "file",
  replicas: 1,
  compression: "none",
  firstSeq: 1,
  sealed: false,
  denyDelete: false,
  denyPurge: false,
  allowDirect: false,
  noAck: false,
  allowMsgTtl: false,
  allowRollup: false,
  allowAtomic: false,
  allowBatched: false,
  allowMsgCounter: false,
  allowMsgSchedules: false,
  persistMode: "default",
} satisfies Partial<StreamConfig>;

const DUPLICATE_WINDOW = 120_000;

/** The configuration with the defaults that a server fills in. */
export function withStreamDefaults(given: StreamConfig): StreamConfig {
  const config = { ...PLAIN, ...given };
  const filled = { ...streamSubjects(config), ...window(config), ...implied(config), ...parts(config) };
  return { ...config, ...filled } as StreamConfig;
}

function streamSubjects({ subjects = [], sources = [], mirror, name }: StreamConfig): Partial<StreamConfig> {
  if (mirror !== undefined) return {};
  return { subjects: subjects.length === 0 && sources.length === 0 ? [name] : subjects, sources };
}

/** Copies of other streams have none of their own. */
function window({
  duplicateWindow,
  maxAge = Infinity,
  mirror,
  sources = [],
}: StreamConfig): Partial<StreamConfig> {
  if (duplicateWindow !== undefined || mirror !== undefined || sources.length > 0) return {};
  return { duplicateWindow: Math.min(DUPLICATE_WINDOW, maxAge) };
}

/** What some fields turn on or off. */
function implied(config: StreamConfig): Partial<StreamConfig> {
  if (config.sealed === true) {
    return { maxAge: Infinity, discard: "new", denyDelete: true, denyPurge: true, allowRollup: false };
  }
  const marks = config.subjectDeleteMarkerTtl !== undefined;
  return {
    ...(marks ? { allowMsgTtl: true } : {}),
    ...(marks || config.allowMsgSchedules === true ? { allowRollup: true } : {}),
  };
}

function parts({ republish, description }: StreamConfig): Partial<StreamConfig> {
  return {
    description: description ?? "",
    ...(republish === undefined ? {} : { republish: { src: ">", headersOnly: false, ...republish } }),
  };
}
