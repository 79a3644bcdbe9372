import type { Identity } from "../auth/authorizer.ts";
import type { Link } from "../link.ts";
import type { ConnectRequest } from "../protocol/connect-request.ts";
import type { Subscription } from "../routing/subscription.ts";
import type { Traffic } from "./traffic.ts";

/** What is known of a client. */
export interface ClientFacts {
  readonly id: number;
  readonly link: Link;
  /** What it was asked to sign; empty if nothing. */
  readonly nonce: string;
  /** What it has said of itself. */
  readonly request: ConnectRequest;
  /** Undefined while nobody knows who it is. */
  readonly identity: Identity | undefined;
  /** Bytes that a message may have; -1 for no limit. */
  readonly maxPayload: number;
  readonly subscriptions: { readonly size: number; values(): Iterable<Subscription> };
  readonly traffic: Readonly<Traffic>;
  /** Bytes that wait for it. */
  readonly pendingBytes: number;
  readonly startedAt: Date;
  /** When it last sent or got something else than a PONG. */
  readonly lastActivity: Date;
  /** Milliseconds of a round trip; undefined until one was measured. */
  readonly rtt: number | undefined;
}
