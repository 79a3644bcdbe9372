import type { PullEvent, PullFailure, PullLimits, PullStatus } from "./pull-engine-types.ts";
import type { SentPull } from "./pull-ledger.ts";
import { namedLimit } from "./pull-request.ts";
import type { Reaction } from "./pull-status.ts";

/** What a reaction may do to the engine. A pull follows by itself, when it is due. */
export interface ReactionHost {
  readonly isFetch: boolean;
  /** Messages that have come since the engine began. */
  readonly received: number;
  /** The next pull waits, longer each time until something works again. */
  backOff(at: number, atLeast?: number): void;
  tell(event: PullEvent): void;
  fail(failure: PullFailure): void;
  /** A fetch ends so, once what is on its way has come. A consume goes on. */
  complete(reason: "enough" | "dry" | "expired"): void;
  /** The consumer is asked for before anything else happens. */
  verify(at: number): void;
  /** Requests keep to this from now on. */
  obey(limit: Partial<PullLimits>): void;
  /** False if no pull can have more bytes than these. */
  needsMoreThan(bytes: number): boolean;
  /** The pin is void. True for the first time since a message came. */
  unpinned(): boolean;
  /** Whether there was no other new leader for a while. */
  isFirstLeader(at: number): boolean;
  /** Whether nobody listened several times in a row, or nothing ever worked. */
  isDoubtful(): boolean;
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
  dry: (host, { at }) => (host.isFetch ? host.complete("dry") : host.backOff(at)),
  "timed-out": timedOut,
  again: (host, { at }) => host.backOff(at),
  completed: (host, { sent }) => {
    if (sent.isWhole) host.complete("enough");
  },
  "too-large": tooLarge,
  "leader-changed": (host, { at }) => {
    if (!host.isFirstLeader(at)) host.backOff(at);
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
  shutdown: (host, { at }) => host.backOff(at, 100),
  unpinned: (host, { at }) => {
    if (!host.unpinned()) host.backOff(at);
  },
  "no-responders": (host, { at }) => {
    host.backOff(at);
    if (host.isDoubtful()) host.verify(at);
  },
  unknown: tellAndBackOff,
};

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

function tellAndBackOff(host: ReactionHost, { status, at }: StatusCase): void {
  host.tell({ type: "status", code: status.code, text: status.text });
  host.backOff(at);
}

/** A pull without waiting ends so too, at R > 1: the request tells which it is, not the code. */
function timedOut(host: ReactionHost, { sent, at }: StatusCase): void {
  const { noWait, expires = 0 } = sent.request;
  if (host.isFetch) {
    if (sent.isWhole) host.complete(noWait ? "dry" : "expired");
    return;
  }
  // A server that sends timeouts before their time shall not be asked in a hot loop.
  const isEarly = at - sent.sentAt < expires / 2;
  if (isEarly && host.received === sent.receivedBefore) host.backOff(at);
}

/** The next message didn't fit in what was left of the bytes. If nothing was taken from them, it never will. */
function tooLarge(host: ReactionHost, { sent, status, at }: StatusCase): void {
  const { maxBytes = Infinity } = sent.request;
  if (status.pendingBytes !== maxBytes) {
    if (sent.isWhole) host.complete("enough");
    return;
  }
  if (host.isFetch && host.received > 0) host.complete("enough");
  else if (!host.needsMoreThan(maxBytes)) {
    host.fail({
      code: "MESSAGE_TOO_LARGE",
      text: `the next message needs more than the ${maxBytes} bytes that a pull may have`,
      status: status.code,
    });
  }
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
  else host.obey(toLimit(limit));
}
