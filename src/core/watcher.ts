import type { WatchedCalls, WatchedCallsHost } from "./connection/watched-calls.ts";
import type { MessageCallback } from "./delivery/callback-delivery.ts";
import type { Message, Payload } from "./message.ts";
import type { Publisher } from "./outbound/publisher.ts";
import type { MessageHeaders } from "./protocol/headers.ts";
import type { Requests } from "./requests/requests.ts";

/** A publish or request that is about to be made. */
interface WatchedCall {
  readonly connection: object;
  readonly subject: string;
  readonly data: Payload;
  readonly reply: string | undefined;
  /** Those that will be sent: whoever watches may add to them. */
  readonly headers: MessageHeaders;
}

/** Who watches one kind of call. */
export interface Audience {
  readonly hasSubscribers: boolean;
}

/** Where there is no way to watch. */
export const NOBODY: Audience = { hasSubscribers: false };

/** How a runtime lets connections be watched from outside, by tracers and loggers. Absent where there is no way. */
export interface Watcher {
  /** Whether anybody watches publishes: asked for each of them, and so without a step between. */
  readonly publishes: Audience;
  /** Whether anybody watches requests: asked for each of them. */
  readonly requests: Audience;
  /** How a connection makes its calls so that they can be watched. */
  calls(connection: WatchedCallsHost, publisher: Publisher, requests: Requests): WatchedCalls;
  connect<T>(options: object, connect: () => Promise<T>): Promise<T>;
  publish(call: WatchedCall, publish: () => void): void;
  /** Resolves with the response; of many with their number. */
  request<T extends Message | number>(call: WatchedCall, request: () => Promise<T>): Promise<T>;
  /** What takes the place of a subscription's callback. */
  handler(connection: object, callback: MessageCallback): MessageCallback;
  event(connection: object, event: object): void;
}
