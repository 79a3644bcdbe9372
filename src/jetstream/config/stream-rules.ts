import { invalidConfig } from "./invalid-config.ts";
import { checkConfiguredName } from "./names.ts";
import { checkDistinct, checkSource } from "./source-rules.ts";
import type { StreamConfig } from "./stream-config.ts";
import { checkApart, checkFilter, collide } from "./subjects.ts";
import { checkTexts } from "./text-rules.ts";

/** What servers accept since they have these fields, and what they refuse: the rest depends on the server. */
export function checkStreamRules(config: StreamConfig): void {
  checkConfiguredName(config.name, "name");
  checkTexts(config);
  checkSubjects(config);
  if (config.mirror !== undefined) checkMirror(config, config.mirror);
  else if (config.mirrorDirect === true) throw invalidConfig("mirrorDirect", "the stream is no mirror");
  checkSources(config);
  checkLimits(config);
  checkCounter(config);
  checkRollups(config);
  checkPersistMode(config);
  checkRepublish(config);
}

function checkSubjects(config: StreamConfig): void {
  const subjects = config.subjects ?? [];
  for (const [i, subject] of subjects.entries()) {
    checkFilter(subject, `subjects[${i}]`);
    if (subject !== ">") continue;
    if (config.noAck !== true)
      throw invalidConfig(`subjects[${i}]`, "all subjects can only be taken with noAck: true");
    if ((config.replicas ?? 1) > 1)
      throw invalidConfig("replicas", "a stream of all subjects can have only one");
  }
  checkApart(subjects, "subjects", collide);
}

const NOT_WITH_MIRROR = [
  "firstSeq",
  "subjects",
  "sources",
  "allowMsgCounter",
  "allowAtomic",
  "allowBatched",
  "allowMsgSchedules",
  "subjectDeleteMarkerTtl",
] as const;

function checkMirror(config: StreamConfig, mirror: NonNullable<StreamConfig["mirror"]>): void {
  for (const name of NOT_WITH_MIRROR) {
    const value = config[name];
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) continue;
    throw invalidConfig(name, "a mirror can't have it: it is a copy of another stream");
  }
  checkSource(mirror, "mirror");
}

function checkSources(config: StreamConfig): void {
  const sources = config.sources ?? [];
  if (sources.length === 0) return;
  if (config.allowMsgSchedules === true)
    throw invalidConfig("allowMsgSchedules", "a stream with sources can't have it");
  for (const [i, source] of sources.entries()) checkSource(source, `sources[${i}]`);
  checkDistinct(sources, "sources");
}

// JS-STR-12, JS-STR-13
function checkLimits(config: StreamConfig): void {
  const { maxAge = Infinity, duplicateWindow = 0, maxMsgsPerSubject = Infinity } = config;
  if (duplicateWindow > maxAge) {
    throw invalidConfig("duplicateWindow", `it can't be more than maxAge, ${maxAge} milliseconds`);
  }
  if (config.discard === "new-per-subject" && maxMsgsPerSubject === Infinity) {
    throw invalidConfig("discard", '"new-per-subject" needs maxMsgsPerSubject');
  }
}

// JS-STR-30
function checkCounter(config: StreamConfig): void {
  if (config.allowMsgCounter !== true) return;
  if (discardsNew(config)) throw invalidConfig("discard", "a counter can't refuse what comes");
  if (config.allowMsgTtl === true)
    throw invalidConfig("allowMsgTtl", "the messages of counters can't expire");
  if (config.allowMsgSchedules === true)
    throw invalidConfig("allowMsgSchedules", "a stream of counters can't have it");
  if ((config.retention ?? "limits") !== "limits")
    throw invalidConfig("retention", 'of counters it must be "limits"');
}

function discardsNew(config: StreamConfig): boolean {
  return config.discard === "new" || config.discard === "new-per-subject";
}

function checkRollups(config: StreamConfig): void {
  if (config.allowMsgSchedules === true && discardsNew(config)) {
    throw invalidConfig("discard", "a stream with schedules can't refuse what comes");
  }
  if (config.denyPurge !== true || config.sealed === true) return;
  if (config.allowRollup === true)
    throw invalidConfig("denyPurge", "a rollup purges: it excludes allowRollup");
  if (config.allowMsgSchedules === true || config.subjectDeleteMarkerTtl !== undefined) {
    throw invalidConfig("denyPurge", "schedules and delete markers are rollups, which purge");
  }
}

// JS-STR-31
function checkPersistMode(config: StreamConfig): void {
  if (config.persistMode !== "async") return;
  if (config.storage === "memory") throw invalidConfig("persistMode", '"async" is for storage: "file"');
  if ((config.replicas ?? 1) > 1) throw invalidConfig("persistMode", '"async" is for a single replica');
  if (config.allowAtomic === true) throw invalidConfig("persistMode", '"async" excludes allowAtomic');
}

// JS-STR-21
function checkRepublish(config: StreamConfig): void {
  const { republish, sources = [] } = config;
  if (republish === undefined) return;
  if (republish.dest === undefined || republish.dest === "")
    throw invalidConfig("republish.dest", "it is needed");
  if (republish.src !== undefined && republish.src !== "") checkFilter(republish.src, "republish.src");
  if (config.subjectTransform !== undefined || config.mirror !== undefined) return;
  const subjects = config.subjects ?? (sources.length === 0 ? [config.name] : []);
  const taken = subjects.find((subject) => collide(republish.dest, subject));
  if (taken !== undefined)
    throw invalidConfig("republish.dest", `the stream takes it itself, by ${JSON.stringify(taken)}`);
}
