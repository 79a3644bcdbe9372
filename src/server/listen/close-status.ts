import type { CloseReason } from "../protocol/violation.ts";

const NORMAL = 1000;
const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;
const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;
const INTERNAL_ERROR = 1011;

/** What a WebSocket is closed with, as nats-server does; all else is an internal error there. */
const STATUSES: Readonly<Partial<Record<CloseReason, number>>> = {
  "Client Closed": NORMAL,
  "Authentication Timeout": POLICY_VIOLATION,
  "Authentication Failure": POLICY_VIOLATION,
  "Authentication Expired": POLICY_VIOLATION,
  "Maximum Account Connections Exceeded": POLICY_VIOLATION,
  "Maximum Connections Exceeded": POLICY_VIOLATION,
  "Maximum Control Line Exceeded": POLICY_VIOLATION,
  "Credentials Revoked": POLICY_VIOLATION,
  "Parse Error": PROTOCOL_ERROR,
  "Protocol Violation": PROTOCOL_ERROR,
  "Bad Client Protocol Version": PROTOCOL_ERROR,
  "Maximum Message Payload Exceeded": TOO_BIG,
  "Stale Connection": GOING_AWAY,
  "Server Shutdown": GOING_AWAY,
};

export function closeStatus(reason: CloseReason): number {
  return STATUSES[reason] ?? INTERNAL_ERROR;
}
