import type { Authorizer } from "../auth/authorizer.ts";
import type { Link } from "../link.ts";
import type { ConnectRequest } from "../protocol/connect-request.ts";
import type { CloseReason } from "../protocol/violation.ts";
import type { Client } from "./client.ts";
import type { SlabPool } from "./slab-pool.ts";
import type { Traffic } from "./traffic.ts";

/** Limits that hold for every client. */
interface ClientLimits {
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
 * Why INFO is sent: a client has come, it has sent its first PING after CONNECT, something has changed, or the server is
 * going to leave, which is said once.
 */
export type InfoOccasion = "accept" | "connect" | "change" | "lameDuck";

/** What a client needs of its server. */
export interface ClientHost {
  readonly limits: ClientLimits;
  readonly authorizer: Authorizer;
  readonly slabs: SlabPool;
  /** All that passes, of all clients. */
  readonly traffic: Traffic;
  /** Adds what the link brings along: credentials in cookies. */
  complete(request: ConnectRequest, link: Link): ConnectRequest;
  /** The INFO line for this client. */
  info(client: Client, occasion: InfoOccasion): string;
  /** It has said who it is. */
  onConnect(client: Client): void;
  onClosed(client: Client, reason: CloseReason): void;
}
