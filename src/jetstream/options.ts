import {
  aFunction,
  aString,
  type Check,
  type Checks,
  checkOptions,
  invalidOption,
  milliseconds,
  shown,
} from "../core/checks.ts";
import { checkPublishSubject } from "../core/protocol/subject.ts";
import type { ApiCall } from "./api/api-call.ts";
import { OWN_PREFIX } from "./api/level.ts";

/** Options of {@link jetstream}; all are read once. */
export interface JetStreamOptions {
  /** The JetStream domain to speak to, for example that of a hub from a leaf node. Excludes {@link apiPrefix}. */
  readonly domain?: string;
  /** The beginning of API subjects, for streams that another account exports. @default "$JS.API" */
  readonly apiPrefix?: string;
  /** The default `timeout` of all calls, in milliseconds. @default 5000 */
  readonly timeout?: number;
  /** Called with each call of the API when it has ended: the bodies as they travelled, and the milliseconds. */
  readonly trace?: (call: ApiCall) => void;
}

export interface ResolvedJetStreamOptions {
  readonly prefix: string;
  readonly timeout: number;
  readonly trace?: ((call: ApiCall) => void) | undefined;
}

const DEFAULT_TIMEOUT = 5000;

// One token: what it is put between are dots.
const aDomain: Check<string> = (name, value) => {
  const domain = aString(name, value);
  // Control characters are what is looked for.
  // oxlint-disable-next-line eslint/no-control-regex
  if (/[.*>\u0000-\u0020\u007f]|\p{Surrogate}/u.test(domain)) {
    throw invalidOption(name, `a domain has no dots, wildcards and white space, unlike ${shown(domain)}`);
  }
  return domain;
};

const aPrefix: Check<string> = (name, value) => {
  const prefix = aString(name, value).replace(/\.$/, "");
  if (prefix !== "") checkPrefix(name, prefix);
  return prefix;
};

function checkPrefix(name: string, prefix: string): void {
  try {
    checkPublishSubject(prefix);
  } catch (thrown) {
    throw invalidOption(name, `it must be the beginning of a subject: ${(thrown as Error).message}`);
  }
}

const CHECKS: Checks<JetStreamOptions> = {
  domain: aDomain,
  apiPrefix: aPrefix,
  timeout: milliseconds,
  trace: aFunction as Check<(call: ApiCall) => void>,
};

const FORMER_NAMES = {
  prefix: '"apiPrefix"',
  maxWait: '"timeout", in milliseconds',
  checkAPI: "never needed: nothing is asked before JetStream is used",
  sendRequiredApiLevel: "never needed: what a server is too old for is told as such",
  watcherPrefix: '"inboxPrefix", an option of connect()',
  publishAsyncMaxPending: '"maxInFlight", an option of js.publisher()',
};

// JSM-01
/** Throws `INVALID_OPTION`. An empty domain or prefix is none, as where it is left out. */
export function resolveJetStreamOptions(given: JetStreamOptions): ResolvedJetStreamOptions {
  const { domain = "", apiPrefix = "", ...rest } = checkOptions(given, CHECKS, undefined, FORMER_NAMES);
  if (domain !== "" && apiPrefix !== "") {
    throw invalidOption("domain", 'it excludes "apiPrefix": a domain is a prefix of its own');
  }
  const prefix = domain === "" ? apiPrefix || OWN_PREFIX : `$JS.${domain}.API`;
  return { timeout: DEFAULT_TIMEOUT, ...rest, prefix };
}
