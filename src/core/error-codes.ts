/** The call is wrong: nothing was sent, and the same call fails again. */
export const argumentErrorCodes = [
  "INVALID_SUBJECT",
  "INVALID_QUEUE",
  "INVALID_HEADER",
  "INVALID_PAYLOAD",
  "INVALID_OPTION",
  "INVALID_SERVER_URL",
  "INVALID_JSON",
  "MAX_PAYLOAD_EXCEEDED",
  "CONTROL_LINE_TOO_LONG",
  "HEADERS_NOT_SUPPORTED",
  "ECHO_NOT_SUPPORTED",
  "MESSAGE_WITHOUT_REPLY",
] as const;

/** There is no link to the server, or none could be made. */
export const connectionErrorCodes = [
  "NO_SERVERS",
  "DNS_FAILED",
  "CONNECTION_REFUSED",
  "DIAL_FAILED",
  "CONNECT_TIMEOUT",
  "TLS_REQUIRED",
  "TLS_NOT_AVAILABLE",
  "TLS_FAILED",
  "UPGRADE_REFUSED",
  "DISCONNECTED",
  "STALE_CONNECTION",
  "CHUNK_NOT_LOADED",
  "MAX_CONNECTIONS_EXCEEDED",
  "OUTBOUND_LIMIT_EXCEEDED",
  "CONNECTION_DRAINING",
  "CONNECTION_CLOSED",
  "SERVER_ERROR",
] as const;

/** The server does not accept the client's credentials, or the client has none. */
export const authenticationErrorCodes = [
  "AUTHORIZATION_VIOLATION",
  "AUTHENTICATION_EXPIRED",
  "AUTHENTICATION_REVOKED",
  "AUTHENTICATION_TIMEOUT",
  "ACCOUNT_AUTHENTICATION_EXPIRED",
  "INVALID_CREDENTIALS",
  "CREDENTIALS_FAILED",
  "NKEYS_NOT_SUPPORTED",
] as const;

/** The server accepts the client, but forbids this subject. */
export const permissionErrorCodes = ["PUBLISH_DENIED", "SUBSCRIBE_DENIED"] as const;

/** The peer does not speak the NATS protocol as written. */
export const protocolErrorCodes = [
  "NOT_A_NATS_SERVER",
  "TEXT_FRAME",
  "MALFORMED_OPERATION",
  "MALFORMED_HEADERS",
  "LINE_TOO_LONG",
  "PAYLOAD_TOO_LARGE",
] as const;

/** A wait ended without a result. */
export const waitErrorCodes = ["TIMEOUT", "ABORTED", "NO_RESPONDERS"] as const;

/** A payload does not match its schema, or a value can't be encoded. */
export const valueErrorCodes = ["INVALID_VALUE"] as const;

/** A subscription can't do what was asked of it, or the application's handler failed. */
export const subscriptionErrorCodes = [
  "SUBSCRIPTION_CLOSED",
  "SUBSCRIPTION_HAS_CALLBACK",
  "MAX_MESSAGES_DELIVERED",
  "SLOW_CONSUMER",
  "HANDLER_FAILED",
  "LISTENER_FAILED",
] as const;

/** The codes of `ArgumentError`. */
export type ArgumentErrorCode = (typeof argumentErrorCodes)[number];

/** The codes of `ConnectionError`. */
export type ConnectionErrorCode = (typeof connectionErrorCodes)[number];

/** The codes of `AuthenticationError`. */
export type AuthenticationErrorCode = (typeof authenticationErrorCodes)[number];

/** The codes of `PermissionError`. */
export type PermissionErrorCode = (typeof permissionErrorCodes)[number];

/** The codes of `ProtocolError`. */
export type ProtocolErrorCode = (typeof protocolErrorCodes)[number];

/** The codes of `SubscriptionError`. */
export type SubscriptionErrorCode = (typeof subscriptionErrorCodes)[number];
