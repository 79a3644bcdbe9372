/// <reference lib="esnext.disposable" preserve="true" />
// What `natspeed/services` gives.
export type { CallOptions } from "./client/call.ts";
export type { Client, ClientOptions } from "./client/client.ts";
export type { DiscoveryOptions } from "./discovery/discover.ts";
export type { Contract, EndpointContract } from "./endpoint/contract.ts";
export type { Endpoint } from "./endpoint/endpoint.ts";
export type { EndpointOptions, GroupOptions, ServiceHandler } from "./endpoint/endpoint-options.ts";
export type { Middleware } from "./endpoint/middleware.ts";
export type { ServiceRequest } from "./endpoint/service-request.ts";
export { ServiceError, type ServiceErrorOptions } from "./errors.ts";
export type { ServiceEvent, ServiceEventListener, ServiceEventType } from "./events.ts";
export type { EndpointInfo, EndpointStats, ServiceIdentity, ServiceInfo, ServiceStats } from "./info.ts";
export type { Metadata } from "./names.ts";
export type { Group } from "./service/group.ts";
export type { Service } from "./service/service.ts";
export type { ServiceConfig } from "./service/service-options.ts";
export { services, type Services, type ServicesOptions } from "./services.ts";
export type { StopOptions } from "./stop-options.ts";
