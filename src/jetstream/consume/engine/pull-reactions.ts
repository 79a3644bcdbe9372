import type { BackOff } from "./back-off.ts";
import type { EffectList } from "./effect-list.ts";
import type { Ending } from "./ending.ts";
import type { PassingFailures } from "./passing-failures.ts";
import type { PullFailure, PullLimits, PullSettings, PullStatus } from "./pull-engine-types.ts";
import type { PullLedger, SentPull } from "./pull-ledger.ts";
import { namedLimit, type PullDemand } from "./pull-request.ts";
import type { Reaction } from "./pull-status.ts";
import type { Troubles } from "./troubles.ts";

/** What a reaction works with. A pull follows by itself, when it is due. */
export interface ReactionHost {
  readonly settings: PullSettings;
  readonly ledger: Pick<PullLedger, "received">;
  readonly demand: Pick<PullDemand, "limit" | "needsMoreThan" | "unpinned">;
  readonly ending: Pick<Ending, "complete">;
  readonly effects: Pick<EffectList, "tell" | "tellAll">;
  readonly troubles: Troubles;
  /** The next pull waits, longer each time until something works again. */
  readonly backOff: Pick<BackOff, "failed" | "until">;
  readonly failures: Pick<PassingFailures, "failed">;
  fail(failure: PullFailure): void;
  /** The consumer is asked for before anything else happens. */
  verify(at: number): void;
}

/** A status, the pull that it belongs to, and when it came. */
export interface StatusCase {
  readonly sent: SentPull;
  readonly status: PullStatus;
  readonly at: number;
}

/** What each kind of status makes the engine do. The rest of the pull is booked before. */
export const REACTIONS: Readonly<Record<Reaction, (host: ReactionHost, status: StatusCase) => void>> = {
  none: () => {},
  refuse: (host, { status }) => host.fail(refusal(status)),
  dry: (host, { at }) => (isFetch(host) ? host.ending.complete("dry") : host.backOff.failed(at)),
  "timed-out": timedOut,
  again: (host, { at }) => host.backOff.failed(at),
  completed: (host, { sent }) => {
    if (sent.isWhole) host.ending.complete("enough");
  },
  "too-large": tooLarge,
  "leader-changed": (host, { at }) => {
    if (!host.troubles.isFirstLeader(at)) host.backOff.failed(at);
  },
  missing: (host, { at }) => host.verify(at),
  "wrong-kind": (host, { status }) =>
    host.fail({
      code: "WRONG_CONSUMER_KIND",
      text: "the consumer is push based: it can't be pulled from",
      status: status.code,
    }),
  "too-old": (host, { status }) =>
    host.fail({ code: "SERVER_TOO_OLD", text: shown(status), status: status.code }),
  "limited-batch": (host, { sent, status }) =>
    limited(host, status, sent.request.batch, (maxBatch) => ({ maxBatch })),
  "limited-expires": (host, { sent, status }) =>
    limited(host, status, sent.request.expires, (maxExpires) => ({ maxExpires })),
  "limited-bytes": (host, { sent, status }) =>
    limited(host, status, sent.request.maxBytes, (maxBytes) => ({ maxBytes })),
  busy: tellAndBackOff,
  // The server may be restarted at once, or move its consumers: all its clients shall not come in one moment.
  shutdown: (host, { at }) => host.backOff.failed(at, 100),
  unpinned,
  "no-responders": (host, { status, at }) => {
    host.backOff.failed(at);
    if (host.troubles.isSought) host.failures.failed(unheard(status), host.backOff.until, at);
    if (host.troubles.isDoubtful()) host.verify(at);
  },
  unknown: tellAndBackOff,
};

function isFetch(host: ReactionHost): boolean {
  return host.settings.kind === "fetch";
}

/** The words of the server. */
function shown({ code, text }: PullStatus): string {
  return text === "" ? String(code) : `${code} ${text}`;
}

function refusal(status: PullStatus): PullFailure {
  return {
    code: "PULL_REFUSED",
    text: `the server refuses the pull: ${shown(status)}`,
    status: status.code,
  };
}

/** The consumer is there, and its pulls come to nobody. */
function unheard(status: PullStatus): PullFailure {
  const why = "it has no leader just now, or the account imports only a part of the API";
  return {
    code: "PULL_REFUSED",
    text: `nobody takes the pulls of the consumer (${shown(status)}): ${why}`,
    status: status.code,
    retryable: true,
  };
}

function tellAndBackOff(host: ReactionHost, { status, at }: StatusCase): void {
  host.effects.tell({ type: "status", code: status.code, text: status.text });
  host.backOff.failed(at);
}

/** A pull without waiting ends so too, at R > 1: the request tells which it is, not the code. */
function timedOut(host: ReactionHost, { sent, at }: StatusCase): void {
  const { noWait, expires = 0 } = sent.request;
  if (isFetch(host)) {
    if (sent.isWhole) host.ending.complete(noWait ? "dry" : "expired");
    return;
  }
  // A server that sends timeouts before their time shall not be asked in a hot loop.
  const isEarly = at - sent.sentAt < expires / 2;
  if (isEarly && host.ledger.received === sent.receivedBefore) host.backOff.failed(at);
}

/**
 * The next message didn't fit in what was left of the bytes: a pull needs more. If that was all that a pull can have, the
 * message never fits.
 */
function tooLarge(host: ReactionHost, { sent, status }: StatusCase): void {
  const { maxBytes = Infinity } = sent.request;
  const left = status.pendingBytes ?? 0;
  const isUntouched = left === maxBytes;
  if (isFetch(host) && (sent.isWhole || isUntouched) && !(isUntouched && host.ledger.received === 0)) {
    host.ending.complete("enough");
  } else if (!host.demand.needsMoreThan(left)) {
    host.fail({
      code: "MESSAGE_TOO_LARGE",
      text: `the next message needs more than the ${maxBytes} bytes that a pull may have`,
      status: status.code,
    });
  }
}

/** Another client may have the pin now. Without an id the server takes the pull, and pins when it is this client's turn. */
function unpinned(host: ReactionHost, { at }: StatusCase): void {
  host.effects.tellAll(host.demand.unpinned());
  if (!host.troubles.isFirstUnpin()) host.backOff.failed(at);
}

/** A request above a limit is made anew within it; one that kept to the limit was refused for no reason that helps. */
function limited(
  host: ReactionHost,
  status: PullStatus,
  asked: number | undefined,
  toLimit: (limit: number) => Partial<PullLimits>,
): void {
  const limit = namedLimit(status.text);
  if (limit === undefined || asked === undefined || asked <= limit) host.fail(refusal(status));
  else host.effects.tellAll(host.demand.limit(toLimit(limit)));
}
