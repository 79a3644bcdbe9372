import { duration } from "./durations.ts";
import { instant } from "./instant.ts";
import { type Kind, STRANGE } from "./kind.ts";
import { count, limit } from "./numbers.ts";
import { checkObject, flag, listOf, text } from "./plain-kinds.ts";
import type { Placement, StreamConfig, StreamSource, SubjectTransform } from "./stream-config.ts";
import { field, objectOf, type Table } from "./table.ts";

export const PLACEMENT: Table<Placement> = {
  cluster: field("cluster", text),
  tags: field("tags", listOf(text)),
};
export const placement: Kind<Placement> = objectOf(PLACEMENT);

export const TRANSFORM: Table<SubjectTransform> = {
  src: field("src", text),
  dest: field("dest", text),
};
export const subjectTransform: Kind<SubjectTransform> = objectOf(TRANSFORM);

export const REPUBLISH: Table<NonNullable<StreamConfig["republish"]>> = {
  src: field("src", text),
  dest: field("dest", text),
  headersOnly: field("headers_only", flag),
};
export const republish: Kind<NonNullable<StreamConfig["republish"]>> = objectOf(REPUBLISH);

export const CONSUMER_LIMITS: Table<NonNullable<StreamConfig["consumerLimits"]>> = {
  inactiveThreshold: field("inactive_threshold", duration()),
  maxAckPending: field("max_ack_pending", limit(-1)),
};
export const consumerLimits: Kind<NonNullable<StreamConfig["consumerLimits"]>> = objectOf(CONSUMER_LIMITS);

interface Prefixes {
  readonly api: string;
  readonly deliver?: string;
}

export const PREFIXES: Table<Prefixes> = {
  api: field("api", text),
  deliver: field("deliver", text),
};
const prefixes = objectOf(PREFIXES);

const API_OF_DOMAIN = /^\$JS\.([^.]+)\.API$/;

// JS-STR-24: a domain is short for the prefix of its API
export const external: Kind<NonNullable<StreamSource["external"]>> = {
  write(value, at) {
    const { domain, ...others } = checkObject(value, at);
    if (domain === undefined) return prefixes.write(others, at);
    // Refused as something that is not a text, or together with a prefix.
    return {
      ...(prefixes.write(others, at) as object),
      api: `$JS.${String(text.write(domain, `${at}.domain`))}.API`,
    };
  },
  read(json, at) {
    const given = prefixes.read(json, at);
    if (given === undefined || given === STRANGE) return given;
    const domain = API_OF_DOMAIN.exec(given.api)?.[1];
    if (domain === undefined || given.deliver !== undefined) return given;
    const { api: _, ...others } = given;
    return { ...others, domain } as NonNullable<StreamSource["external"]>;
  },
};

export const SOURCE_CONSUMER: Table<NonNullable<StreamSource["consumer"]>> = {
  name: field("name", text),
  deliverSubject: field("deliver_subject", text),
};

// JS-STR-22..26
export const SOURCE: Table<StreamSource> = {
  name: field("name", text),
  startSeq: field("opt_start_seq", count(1)),
  startTime: field("opt_start_time", instant),
  filterSubject: field("filter_subject", text),
  subjectTransforms: field("subject_transforms", listOf(subjectTransform)),
  external: field("external", external),
  consumer: field("consumer", objectOf(SOURCE_CONSUMER)),
};
export const source: Kind<StreamSource> = objectOf(SOURCE);
