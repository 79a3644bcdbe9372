import type { Authorizer } from "../auth/authorizer.ts";
import type { Link } from "../link.ts";
import type { ConnectRequest } from "../protocol/connect-request.ts";
import type { CloseReason } from "../protocol/violation.ts";
import type { ClientFacts } from "./client-facts.ts";
import type { SlabPool } from "./slab-pool.ts";
import type { Traffic } from "./traffic.ts";

/** Limits that hold for every client. */
export interface ClientLimits {
  readonly maxControlLine: number;
  readonly maxPayload: number;
  readonly maxSubscriptions: number;
  readonly maxPending: number;
  readonly writeDeadline: number;
  readonly pingInterval: number;
  readonly maxPingsOut: number;
  /** Milliseconds to present credentials. */
  readonly authTimeout: number;
  /** Whether messages may have headers. */
  readonly headers: boolean;
}

/**
 * Why INFO is sent: the client has just been accepted; it has sent its first PING after CONNECT; something has changed; or
 * the server is about to stop, which it says once.
 */
export type InfoOccasion = "accept" | "connect" | "change" | "lameDuck";

/** What a client needs of its server. */
export interface ClientHost {
  readonly limits: ClientLimits;
  readonly authorizer: Authorizer;
  readonly slabs: SlabPool;
  /** All that passes, of all clients. */
  readonly traffic: Traffic;
  /** Whether this is the account of the server itself. */
  isSystem(account: object): boolean;
  /** Adds what the link brings along: credentials in cookies. */
  complete(request: ConnectRequest, link: Link): ConnectRequest;
  /** The INFO line for this client. */
  info(client: ClientFacts, occasion: InfoOccasion): string;
  /** It has said who it is. */
  onConnect(client: ClientFacts): void;
  /** Its session is over. Bytes to it may still be on their way. */
  onClosed(client: ClientFacts, reason: CloseReason): void;
  /** Its link is closed too; `unsentBytes` were given up. Comes after {@link onClosed}. */
  onGone(client: ClientFacts, unsentBytes: number): void;
  /** The client has lost its connection by an error in this server's own code. */
  onMistake(client: ClientFacts, error: unknown): void;
}
