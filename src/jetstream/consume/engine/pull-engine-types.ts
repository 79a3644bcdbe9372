import type { JetStreamErrorCode } from "../../errors.ts";
import type { FailureRow } from "../../retries.ts";

/** What a consumer allows to a pull; `Infinity` where it sets no limit, or where nobody has asked yet. */
export interface PullLimits {
  /** Messages of one pull. */
  readonly maxBatch: number;
  /** Milliseconds that one pull may wait. */
  readonly maxExpires: number;
  /** Bytes of one pull. */
  readonly maxBytes: number;
  /** Messages delivered and not acked. */
  readonly maxAckPending: number;
}

/** For a consumer with priority groups: the group, and when the server serves this client. */
interface PullPriority {
  readonly group: string;
  readonly minPending?: number | undefined;
  readonly minAckPending?: number | undefined;
  readonly priority?: number | undefined;
}

/** What happens when the server says that the consumer, or its stream, is gone. */
export interface OnMissing {
  readonly consumer: "fail" | "wait" | "recreate";
  readonly stream: "fail" | "wait";
  /** Nobody answers for JetStream, and nobody ever did. @default as for the stream */
  readonly jetStream?: "fail" | "wait";
}

/** What a {@link PullEngine} is to do. Durations are milliseconds; `Infinity` stands for no limit. */
export interface PullSettings {
  /** A fetch ends when the server has nothing more, or at `expires`; a consume asks again. `next` is a fetch of one. */
  readonly kind: "consume" | "fetch";
  /** Messages that are owed or held at most. A fetch: the messages that it asks for. */
  readonly capacity: number;
  /** The same in bytes, as the server counts them. */
  readonly capacityBytes: number;
  /** The part of the capacity that must be free before a consume asks for more; 0 to 1. */
  readonly threshold: number;
  /** Ends after so many messages. */
  readonly stopAfter: number;
  /** How long a pull waits at the server; 0 with `noWait` that shall not wait for a first message. A fetch ends after it. */
  readonly expires: number;
  /** Silence after which the server gives a sign; 0: no signs. */
  readonly heartbeat: number;
  readonly noWait: boolean;
  /** How long a fetch without `expires` waits for an answer. */
  readonly timeout: number;
  readonly priority: PullPriority | undefined;
  readonly onMissing: OnMissing;
  /** The consumer is the engine's own: where another one would be looked for, it is made anew, by `recreate`. */
  readonly ownConsumer?: { readonly isMade: boolean };
  readonly limits: PullLimits;
  /** JetStream has answered before. @default false */
  readonly isKnown?: boolean;
  /** Asks for nothing but what it is `granted`: it shares what a connection can carry with others. */
  readonly isRationed?: boolean;
  /** The number of the first pull: for engines that follow one another on one subscription. */
  readonly firstPull: number;
  /** From 0 to 1, as `Math.random`: for pauses. */
  readonly random: () => number;
}

/** The body of a pull, in milliseconds; `writePullRequest` makes JSON of it. */
export interface PullRequest {
  readonly batch: number;
  readonly maxBytes: number | undefined;
  readonly expires: number | undefined;
  readonly heartbeat: number | undefined;
  readonly noWait: boolean;
  readonly priority: PullPriority | undefined;
  /** The id that the server gave to the pinned client. */
  readonly pin: string | undefined;
}

/** A status line of the server, on the reply subject of pull `pull`. */
export interface PullStatus {
  readonly code: number;
  /** As it travelled, without the code. */
  readonly text: string;
  /** `Nats-Pending-Messages` and `Nats-Pending-Bytes`. */
  readonly pendingMessages: number | undefined;
  readonly pendingBytes: number | undefined;
  /** `Nats-Last-Consumer` of a heartbeat: only an ordered consumer looks at it. */
  readonly lastConsumer?: number | undefined;
}

/**
 * There was no answer, or one that may pass, for the reason in `failure`; without one there is nothing to tell. `isUnanswered`: there is
 * no JetStream that could answer. `isCut`: the link was lost before, which the connection tells.
 */
export interface FailedCheck {
  readonly found: false;
  readonly failed: true;
  readonly failure?: PullFailure;
  readonly isUnanswered?: boolean;
  readonly isCut?: boolean;
}

/** What became of a `check` or a `recreate`. `refused`: it will not get better, for the reason in `failure`. */
export type CheckResult =
  | { readonly found: true; readonly limits?: PullLimits }
  | { readonly found: false; readonly missing: "consumer" | "stream" }
  | FailedCheck
  | { readonly found: false; readonly refused: PullFailure };

/** What happens to the engine. `at` is the time, by one monotonic clock: `performance.now()`. */
export type PullInput = { readonly at: number } &
  /** `trouble`: the consumer was asked for before, which has failed and may pass. */
  (
    | { readonly type: "start"; readonly connected: boolean; readonly trouble?: PullFailure | undefined }
    /** `bytes` as the server counts them: subject, ack reply, headers and body, without the pin's header. */
    | { readonly type: "message"; readonly generation: number; readonly bytes: number }
    | {
        readonly type: "status";
        readonly generation: number;
        readonly pull: number;
        readonly status: PullStatus;
      }
    /** A message brought a `Nats-Pin-Id`. May be told for each message, or only when it changes. */
    | { readonly type: "pin"; readonly id: string }
    /** So many held messages were handed out, and handled where a handler takes them: they make room. A fetch needs no word. */
    | { readonly type: "taken"; readonly messages: number; readonly bytes: number }
    /** So many held messages were dropped here, for they come again: they make room, and don't count for `stopAfter`. */
    | { readonly type: "dropped"; readonly messages: number; readonly bytes: number }
    /** A message came that is handed to nobody, and doesn't count: an ordered consumer has it already, or can't use it. */
    | { readonly type: "discarded"; readonly generation: number; readonly bytes: number }
    | { readonly type: "disconnected" }
    /** After `disconnected`; or alone, where all has come that was on its way: the connection has moved. */
    | { readonly type: "reconnected" }
    /** The time of the last `wake` has come. */
    | { readonly type: "tick" }
    /** News of the consumer's configuration. */
    | { readonly type: "limits"; readonly limits: PullLimits }
    /** The answer to the `check` or `recreate` of that number. */
    | { readonly type: "checked"; readonly check: number; readonly result: CheckResult }
    /** So many messages may be asked for now, of those that it wishes for. What is no longer wished for is void. */
    | { readonly type: "granted"; readonly messages: number }
    /** The consumer is of no more use and shall be made anew; an ordered consumer says so. */
    | { readonly type: "lost" }
    /** Ask for no more, take what is on its way, end. */
    | { readonly type: "drain" }
    /** The answer to `withdraw`. */
    | { readonly type: "withdrawn" }
    | { readonly type: "stop" }
  );

/** Why it ends, where something is wrong. `status` is the server's code. */
export interface PullFailure {
  readonly code: JetStreamErrorCode;
  readonly text: string;
  readonly status?: number;
  readonly retryable?: boolean;
  /** The error of the application's own call, if it knows better. */
  readonly cause?: unknown;
}

/** `expired` and `dry` (the server had no more) end a fetch as it should be. */
export type PullEnd =
  | { readonly reason: "enough" | "expired" | "dry" | "drained" | "stopped" }
  | { readonly reason: "failed"; readonly failure: PullFailure };

/** News for the application; none of them ends it. */
export type PullEvent =
  | { readonly type: "heartbeatsMissed"; readonly count: number }
  | { readonly type: "missing"; readonly what: "consumer" | "stream" }
  | {
      readonly type: "limited";
      readonly option: "capacity" | "capacityBytes" | "expires";
      readonly to: number;
    }
  | { readonly type: "pinned" | "unpinned"; readonly group: string }
  | { readonly type: "status"; readonly code: number; readonly text: string }
  /** It is tried again after `delay` milliseconds. */
  | ({ readonly type: "retrying"; readonly failure: PullFailure; readonly delay: number } & FailureRow)
  /** After `retrying`: it works. */
  | ({ readonly type: "recovered" } & FailureRow);

/**
 * What makes a consumer doubtful: the server says that it is gone, or nobody listens; it is silent; whoever owns it said
 * so; the link was cut, with what the consumer had sent; or it was never made.
 */
export type Why = "missing" | "silent" | "lost" | "cut" | "new";

/** What is to be done, in this order. */
export type PullEffect =
  /** Subscribe to `<inbox>.<generation>.*`; comes before the first pull of the generation. */
  | { readonly type: "subscribe"; readonly generation: number }
  /** Forget that subscription; what still comes on it may be passed in. */
  | { readonly type: "unsubscribe"; readonly generation: number }
  /** Publish the request with the reply subject `<inbox>.<generation>.<pull>`. */
  | {
      readonly type: "pull";
      readonly generation: number;
      readonly pull: number;
      readonly request: PullRequest;
    }
  /** Pass a `tick` at this time; it takes the place of the one before. */
  | { readonly type: "wake"; readonly at: number }
  /** Ask the server for the consumer's info, and answer with `checked`. */
  | { readonly type: "check"; readonly check: number }
  /** Make the consumer anew, and answer with `checked`. */
  | { readonly type: "recreate"; readonly check: number; readonly why: Why }
  /** Unsubscribe, but take what is on its way: answer with `withdrawn` when the server has seen it. */
  | { readonly type: "withdraw"; readonly generation: number }
  | { readonly type: "event"; readonly event: PullEvent }
  /**
   * The last effect of all: no timer, no subscription is needed any more. `clean`: no pull can be left at the server, so
   * that the subscription can serve another engine, from pull `nextPull` on.
   */
  | { readonly type: "end"; readonly end: PullEnd; readonly clean: boolean; readonly nextPull: number };

/** There is nothing to do: always this one array, so that a message costs no allocation. */
export const NOTHING: readonly PullEffect[] = Object.freeze([]);

/**
 * The face of the engine, which `pull-engine.ts` implements. It is a state machine: no clock, no timer, no socket; the same
 * inputs give the same effects.
 */
export interface PullEngineFace {
  /** Takes any input. */
  step(input: PullInput): readonly PullEffect[];
  /** As `step` with a `message`, without an object for it. */
  message(generation: number, bytes: number, at: number): readonly PullEffect[];
  /** As `step` with a `taken`. */
  taken(messages: number, bytes: number, at: number): readonly PullEffect[];
}
