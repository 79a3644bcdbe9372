/// <reference lib="esnext.disposable" preserve="true" />
// What every entry gives beside its own `connect`.
export type { AuthContext, Authenticator, Credentials } from "./core/auth/authenticator.ts";
export { tokenAuthenticator, usernamePasswordAuthenticator } from "./core/auth/authenticators.ts";
export { credsAuthenticator, jwtAuthenticator } from "./core/auth/jwt-authenticator.ts";
export { nkeyAuthenticator, type NkeySigner } from "./core/auth/nkey-authenticator.ts";
export type { Connection } from "./core/connection/connection.ts";
export type {
  ConnectionEvent,
  ConnectionEventType,
  EventListener,
  EventOf,
} from "./core/connection/events.ts";
export type { Unsent } from "./core/outbound/in-transit.ts";
export type { Leftover } from "./core/outbound/leftover.ts";
export type { ConnectionDrainReport, Undelivered } from "./core/connection/drain.ts";
export type { ConnectionState } from "./core/connection/state.ts";
export type { Statistics } from "./core/statistics.ts";
export type { AsyncSequence } from "./core/delivery/async-sequence.ts";
export { makeMessage, type MessageInit } from "./core/delivery/make-message.ts";
export type { MessageCallback } from "./core/delivery/callback-delivery.ts";
export type { OnFull, PendingCount, PendingLimits, SlowEnd } from "./core/delivery/pending.ts";
export type {
  ArgumentErrorCode,
  AuthenticationErrorCode,
  ConnectionErrorCode,
  PermissionErrorCode,
  ProtocolErrorCode,
  SubscriptionErrorCode,
} from "./core/error-codes.ts";
export {
  AbortError,
  ArgumentError,
  AuthenticationError,
  type ConnectAttempt,
  ConnectionError,
  type ConnectPhase,
  type ErrorFacts,
  isNatsError,
  NatsError,
  type NatsErrorCode,
  type NatsErrors,
  NoRespondersError,
  PermissionError,
  ProtocolError,
  SubscriptionError,
  TimeoutError,
  ValueError,
} from "./core/errors.ts";
export { newInbox } from "./core/requests/inbox.ts";
export type { Message, Payload, RespondOptions } from "./core/message.ts";
export type {
  DrainOptions,
  PublishOptions,
  RequestManyOptions,
  RequestOptions,
  SubscribeOptions,
} from "./core/call-options.ts";
export type {
  ConnectOptions,
  ReconnectAttempt,
  ReconnectOptions,
  WhileDisconnected,
} from "./core/connect-options.ts";
export type { Pem, ServerCertificate, TlsOptions } from "./core/tls-options.ts";
export type {
  WebSocketContext,
  WebSocketHeaders,
  WebSocketLike,
  WebSocketOptions,
} from "./core/websocket-options.ts";
export type { Dial, DialContext, ServerAddress, Transport, TransportListener } from "./core/transport.ts";
export { headers, type HeadersInit, type MessageHeaders } from "./core/protocol/headers.ts";
export type { ServerInfo } from "./core/protocol/server-info.ts";
export type { DrainReport } from "./core/delivery/drain-report.ts";
export type { Subscription, SubscriptionState } from "./core/delivery/subscription.ts";
export type { SlowEpisode, SubscriptionClosed, SubscriptionEnd } from "./core/delivery/subscription-host.ts";
export { json, text } from "./core/values/codecs.ts";
export type { Codec, Schema, SchemaInput, SchemaOutput } from "./core/values/schema.ts";
export type {
  SchemaIssue,
  SchemaResult,
  StandardSchema,
  StandardSchemaProps,
} from "./core/values/standard-schema.ts";
export type { WaitOptions } from "./core/waiter.ts";
