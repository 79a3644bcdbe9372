import { invalidConfig } from "./invalid-config.ts";
import { checkConfiguredName } from "./names.ts";
import type { StreamSource } from "./stream-config.ts";
import { checkApart, checkFilter, checkLiteral, collide, covers } from "./subjects.ts";

const OWN_API = "$JS.API";

// JS-STR-22..26
/** Throws `INVALID_CONFIG` for a mirror or source that every server refuses. */
export function checkSource(source: StreamSource, at: string): void {
  checkConfiguredName(source.name, `${at}.name`);
  if (source.startSeq !== undefined && source.startTime !== undefined) {
    throw invalidConfig(`${at}.startTime`, "it begins at a sequence or at a time, not at both");
  }
  if (source.filterSubject !== undefined) checkFilter(source.filterSubject, `${at}.filterSubject`);
  checkTransforms(source, `${at}.subjectTransforms`);
  if (source.external !== undefined) checkExternal(source.external, `${at}.external`);
  if (source.consumer !== undefined) checkConsumer(source, source.consumer, `${at}.consumer`);
}

function checkTransforms(source: StreamSource, at: string): void {
  const transforms = source.subjectTransforms ?? [];
  if (transforms.length === 0) return;
  if (source.filterSubject !== undefined) {
    throw invalidConfig(at, "it excludes filterSubject: the src of each transform filters too");
  }
  for (const [i, { src }] of transforms.entries()) if (src !== "") checkFilter(src, `${at}[${i}].src`);
  checkApart(
    transforms.map(({ src }) => src),
    at,
    covers,
  );
}

function checkExternal(external: NonNullable<StreamSource["external"]>, at: string): void {
  if (external.domain !== undefined) {
    if (external.api !== undefined)
      throw invalidConfig(`${at}.api`, "it excludes domain, which is short for it");
    if (external.deliver !== undefined)
      throw invalidConfig(`${at}.deliver`, "it goes with api, not with domain");
    checkConfiguredName(external.domain, `${at}.domain`);
    return;
  }
  if (external.api === undefined) throw invalidConfig(at, "it needs a domain, or an api");
  checkLiteral(external.api, `${at}.api`);
  if (collide(external.api, OWN_API))
    throw invalidConfig(`${at}.api`, "it is the API of the stream's own servers");
  if (external.deliver !== undefined) checkLiteral(external.deliver, `${at}.deliver`);
}

function checkConsumer(
  source: StreamSource,
  consumer: NonNullable<StreamSource["consumer"]>,
  at: string,
): void {
  checkConfiguredName(consumer.name, `${at}.name`);
  if (consumer.deliverSubject === undefined) throw invalidConfig(`${at}.deliverSubject`, "it is needed");
  checkLiteral(consumer.deliverSubject, `${at}.deliverSubject`);
  for (const name of ["startSeq", "startTime", "filterSubject"] as const) {
    if (source[name] !== undefined) {
      throw invalidConfig(at, `it excludes ${name}: the consumer's own configuration says that`);
    }
  }
}

/** Throws `INVALID_CONFIG` for two sources that are the same, or use one consumer. */
export function checkDistinct(sources: readonly StreamSource[], at: string): void {
  const seen = new Set<string>();
  const consumers = new Set<string>();
  for (const [i, source] of sources.entries()) {
    const { name, external, filterSubject, subjectTransforms, consumer } = source;
    const same = JSON.stringify([name, external ?? null, filterSubject ?? null, subjectTransforms ?? []]);
    if (seen.has(same))
      throw invalidConfig(`${at}[${i}]`, "there is one like it, by name and subjects, before it");
    seen.add(same);
    if (consumer === undefined) continue;
    const used = JSON.stringify([name, external ?? null, consumer.name]);
    if (consumers.has(used))
      throw invalidConfig(`${at}[${i}].consumer`, "an earlier source has the same consumer");
    consumers.add(used);
  }
}
