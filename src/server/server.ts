/// <reference lib="esnext.disposable" preserve="true" />
// What every entry gives beside its own `startServer`.
export type { Allow, PermissionOptions } from "./auth/permissions.ts";
export type { AccountOptions, OperatorOptions, UserOptions } from "./auth/user-options.ts";
export type { ConnectionView, SubscriptionView } from "./connection-view.ts";
export type { LinkKind, TlsSession } from "./link.ts";
export type { NatsServer, RestartOptions } from "./nats-server.ts";
export type { Pem, ServerOptions, ServerTlsOptions, ServerWebSocketOptions } from "./options.ts";
export type { Traffic } from "./session/traffic.ts";
