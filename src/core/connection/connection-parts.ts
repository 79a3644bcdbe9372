import type { PublishOptions } from "../call-options.ts";
import { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { Subscriptions } from "../delivery/subscriptions.ts";
import type { ConnectionError, PermissionError } from "../errors.ts";
import type { MessageContext, Payload } from "../message.ts";
import type { ResolvedOptions } from "../options.ts";
import { Outbox } from "../outbound/outbox.ts";
import { Publisher } from "../outbound/publisher.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import { readText } from "../protocol/text.ts";
import { InboxMaker } from "../requests/inbox.ts";
import { Requests } from "../requests/requests.ts";
import { SharedSignals } from "../shared-signal.ts";
import { type Counters, newCounters } from "../statistics.ts";
import type { FormerNamesByCall, Platform } from "../transport.ts";
import { type Audience, NOBODY } from "../watcher.ts";
import { CodeOnDemand } from "./code-on-demand.ts";
import type { Companion } from "./companion.ts";
import { ErrorLog } from "./error-log.ts";
import { EventHub } from "./event-hub.ts";
import { Lifecycle } from "./lifecycle.ts";
import { OnceDrained } from "./once-drained.ts";
import type { WarningsListener } from "./warnings.ts";
import type { WatchedCalls } from "./watched-calls.ts";

/** What its parts need of the connection itself: whoever watches is given it as it is. */
export interface WholeConnection {
  readonly info: ServerInfo | undefined;
  publish(subject: string, data?: Payload, options?: PublishOptions): void;
}

/** All that a connection consists of, put together. Each part knows a few functions of the others. */
export class ConnectionParts {
  readonly options: ResolvedOptions;
  readonly formerNames: FormerNamesByCall | undefined;
  readonly counters: Counters = newCounters();
  readonly signals: SharedSignals = new SharedSignals();
  readonly warnings: WarningsListener | undefined;
  readonly events: EventHub;
  readonly errors: ErrorLog;
  readonly outbox: Outbox;
  readonly code: CodeOnDemand;
  readonly lifecycle: Lifecycle;
  readonly publisher: Publisher;
  readonly inboxes: InboxMaker;
  readonly requests: Requests;
  readonly subscriptions: Subscriptions;
  readonly drain: OnceDrained;
  /** What is built on the connection. */
  readonly companions: Set<Companion> = new Set<Companion>();
  /** Who hears of each subject that the server refuses. */
  readonly denialListeners: Set<(error: PermissionError) => void> = new Set();
  /** Who watches publishes: asked for each of them. */
  readonly publishes: Audience;
  /** Who watches requests: asked for each of them. */
  readonly requestsMade: Audience;
  readonly watched: WatchedCalls | undefined;
  readonly table: SubscriptionTable;
  /** Of messages that come for no subscription of the application. */
  readonly context: MessageContext;

  /** Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
  constructor(options: ResolvedOptions, platform: Platform, whole: WholeConnection) {
    const { watcher } = platform;
    this.options = options;
    this.code = new CodeOnDemand(platform.code);
    this.formerNames = platform.formerNames;
    this.publishes = watcher?.publishes ?? NOBODY;
    this.requestsMade = watcher?.requests ?? NOBODY;
    this.warnings = options.warnings ? platform.warnings?.(options.name, this.code) : undefined;
    this.events = new EventHub(this.warnings, watcher && ((event) => watcher.event(whole, event)));
    this.errors = new ErrorLog(this.events);
    this.outbox = new Outbox(options, this.counters);
    // While there is no link subscriptions are only noted: the next one is told of all of them (SUB-07).
    this.table = new SubscriptionTable((command) => {
      if (this.lifecycle.server !== undefined) this.outbox.command(command);
    }, this.outbox.publishLimits.lines);
    this.lifecycle = new Lifecycle(platform, this);
    this.inboxes = new InboxMaker(options.inboxPrefix);
    this.publisher = new Publisher(this.outbox, this.inboxes.replySize);
    this.context = this.#newMessageContext(whole);
    this.requests = new Requests(this);
    this.subscriptions = new Subscriptions(this);
    this.drain = new OnceDrained(this);
    this.watched = watcher?.calls(whole, this.publisher, this.requests);
  }

  #newMessageContext(whole: WholeConnection): MessageContext {
    return {
      subscription: undefined,
      respond: (bytes, start, end, payload, options) => {
        const isPlain = options === undefined && !this.publishes.hasSubscribers;
        if (isPlain) this.publisher.respond(bytes, start, end, payload);
        else whole.publish(readText(bytes, start, end), payload, options);
      },
      reportError: (error) => this.errors.report(error),
    };
  }

  onDisconnected(error: ConnectionError): void {
    this.requests.onDisconnected(error);
    this.drain.onDisconnected();
  }

  /** The subscription that the server refuses, if it was for one. */
  onDenied(error: PermissionError): Subscription | undefined {
    for (const listener of Array.from(this.denialListeners)) listener(error);
    if (this.requests.onDenied(error) || error.code === "PUBLISH_DENIED") return undefined;
    return this.subscriptions.onDenied(error);
  }

  onClosed(error: ConnectionError): void {
    this.requests.onClosed(error);
    this.subscriptions.onClosed(error);
    for (const companion of Array.from(this.companions)) companion.onClosed(error);
  }
}
