/** Why the server closed a connection, in the words of nats-server's monitoring; "Internal Error" is our own. */
export type CloseReason =
  | "Client Closed"
  | "Authentication Timeout"
  | "Authentication Failure"
  | "Authentication Expired"
  | "TLS Handshake Failure"
  | "Slow Consumer (Pending Bytes)"
  | "Slow Consumer (Write Deadline)"
  | "Protocol Violation"
  | "Bad Client Protocol Version"
  | "Stale Connection"
  | "Maximum Control Line Exceeded"
  | "Maximum Message Payload Exceeded"
  | "Maximum Connections Exceeded"
  | "Maximum Account Connections Exceeded"
  | "Maximum Subscriptions Exceeded"
  | "No Responders Requires Headers"
  | "Credentials Revoked"
  | "Parse Error"
  | "Server Shutdown"
  | "Kicked"
  | "Internal Error";

/** What a client did that ends its connection. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly reason: CloseReason;
  /** What the client is told; nothing where nats-server closes without a word. */
  readonly told: string | undefined;

  constructor(reason: CloseReason, told?: string) {
    super(told ?? reason);
    this.reason = reason;
    this.told = told;
  }
}
