import type { ConsumerSettings } from "../../config/consumer-config.ts";
import type { ResetReason } from "../events.ts";
import type { OrderedPlace } from "./ordered-place.ts";
import type { Account } from "./pull-ledger.ts";
import type { FailedCheck, PullEffect, PullFailure, PullInput, PullSettings } from "./pull-engine-types.ts";

export type DeliverPolicy = NonNullable<ConsumerSettings["deliverPolicy"]>;

export interface OrderedSettings {
  /** `onMissing.consumer` is not looked at: an ordered consumer is always made anew. */
  readonly pull: PullSettings;
  /** Where reading begins. */
  readonly deliverPolicy: DeliverPolicy;
  /** Where an engine before has stopped, with its consumer, which is still there: reading goes on. */
  readonly place?: OrderedPlace | undefined;
}

/** What became of a `create`. */
export type CreateResult =
  | {
      readonly found: true;
      /** `delivered.stream_seq` of the answer: reading begins behind it. */
      readonly delivered: number;
      /** `num_pending` of the answer. */
      readonly pending: number;
      /** `created` of the answer, in milliseconds of the server's clock. */
      readonly created: number;
      /** The stream was made after the time of `elsewhere`: it is another one, and its policy was used. */
      readonly isOtherStream: boolean;
      /** The policy `behind` was used. */
      readonly isResumed: boolean;
      /** With `isStuck`, from `behind` on: messages that have a successor. */
      readonly superseded?: ReadonlySet<number> | undefined;
    }
  | { readonly found: false; readonly missing: "stream" }
  | FailedCheck
  | { readonly found: false; readonly refused: PullFailure };

/** As {@link PullInput}; messages come with their place, and `created` answers `create`. */
export type OrderedInput =
  | Exclude<PullInput, { readonly type: "message" | "checked" | "lost" | "pin" | "limits" }>
  | {
      readonly type: "message";
      readonly at: number;
      readonly generation: number;
      readonly bytes: number;
      readonly streamSeq: number;
      readonly deliverySeq: number;
    }
  | {
      readonly type: "created";
      readonly at: number;
      readonly check: number;
      readonly result: CreateResult;
    };

/** As {@link PullEffect}; a message is handed out unless there is `discard`. */
export type OrderedEffect =
  | Exclude<PullEffect, { readonly type: "check" | "recreate" }>
  /** The message that was passed in must not be handed out. */
  | { readonly type: "discard" }
  /**
   * Make a consumer with a new name, delete the one before without waiting for it, and answer with `created`. With
   * `elsewhere` ask for the stream's info first: if it was created `after` that time, in milliseconds of the server's clock,
   * or ends before what was `reached`, it is another stream of the same name, and its policy counts. With `behind` ask for the info too: if the stream keeps
   * one message of each subject, that policy counts. With `isStuck` and more of each, look up which messages from
   * there on have a successor, and begin there too.
   */
  | {
      readonly type: "create";
      readonly check: number;
      readonly deliverPolicy: DeliverPolicy;
      readonly elsewhere:
        | { readonly after: number; readonly reached: number; readonly deliverPolicy: DeliverPolicy }
        | undefined;
      readonly behind: DeliverPolicy | undefined;
      readonly isStuck: boolean;
    }
  /** The server's side was made anew; tell it, with the consumer's name. */
  | { readonly type: "reset"; readonly reason: ResetReason; readonly fromSeq: number };

/** The face of the ordered engine, which `ordered-engine.ts` implements. */
export interface OrderedEngineFace {
  step(input: OrderedInput): readonly OrderedEffect[];
  /** As `step` with a `message`, without an object for it. Most often `NOTHING`: hand it out. */
  message(
    generation: number,
    bytes: number,
    streamSeq: number,
    deliverySeq: number,
    at: number,
  ): readonly OrderedEffect[];
  taken(messages: number, bytes: number, at: number): readonly OrderedEffect[];
  /** Messages that are on their way; that are here and not handed out; that it would ask for if they were `granted`. */
  readonly ledger: Pick<Account, "owed" | "held" | "wished" | "received">;
  /** How far it is: for the engine after this one, with the same consumer. */
  readonly place: OrderedPlace;
}
