/// <reference lib="esnext.disposable" preserve="true" />
// What every entry gives beside its own `startServer`.
export type { Allow, PermissionOptions } from "./auth/permissions.ts";
export type { AccountOptions, OperatorOptions, UserOptions } from "./auth/user-options.ts";
export type { ConnectionView, SubscriptionView } from "./connection-view.ts";
export type { LinkKind, TlsSession } from "./link.ts";
export type {
  DirectionOptions,
  DisconnectOptions,
  DropRepliesOptions,
  FaultOptions,
  Faults,
  LastingFaultName,
} from "./faults/faults.ts";
export type { DisconnectHow } from "./faults/injector.ts";
export type { Only } from "./faults/only.ts";
export type {
  FaultDirection,
  FaultDuration,
  FaultName,
  FaultStep,
  FaultTargets,
  FaultTiming,
} from "./faults/plan.ts";
export type { PlayedStep } from "./faults/player.ts";
export type { NatsServer } from "./nats-server.ts";
export type { RestartOptions } from "./restart-options.ts";
export type { Pem, ServerOptions, ServerTlsOptions, ServerWebSocketOptions } from "./server-options.ts";
export type { Traffic } from "./session/traffic.ts";
