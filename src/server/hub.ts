import type { Accounts } from "./auth/accounts.ts";
import type { Authorizer } from "./auth/authorizer.ts";
import { withCookies } from "./auth/cookie-credentials.ts";
import { ClosedConnections } from "./closed-connections.ts";
import { type Entrance, greeting } from "./greeting.ts";
import { infoLine } from "./info.ts";
import type { Link } from "./link.ts";
import type { ResolvedServerOptions } from "./options.ts";
import type { ConnectRequest } from "./protocol/connect-request.ts";
import type { CloseReason } from "./protocol/violation.ts";
import { randomText } from "./random-text.ts";
import type { Random } from "./routing/random.ts";
import type { Publisher } from "./routing/subscription.ts";
import { Client } from "./session/client.ts";
import type { ClientFacts } from "./session/client-facts.ts";
import type { ClientHost, ClientLimits, InfoOccasion } from "./session/client-host.ts";
import { SlabPool } from "./session/slab-pool.ts";
import { newTraffic, type Traffic } from "./session/traffic.ts";

/** Who is told of clients as they come and go. */
export interface HubListener {
  /** Before the client is greeted. */
  onAccept?(client: Client): void;
  /** It has said who it is. */
  onConnect?(client: Client): void;
  onClosed?(client: ClientFacts, reason: CloseReason): void;
}

/** A client that is there, and where it came in. */
interface Arrival {
  readonly client: Client;
  readonly entrance: Entrance;
}

/** The inside of a server: who is connected, and what passes between them. It knows nothing of sockets. */
export class Hub implements ClientHost {
  readonly id: string;
  readonly options: ResolvedServerOptions;
  readonly accounts: Accounts;
  readonly authorizer: Authorizer;
  readonly slabs: SlabPool = new SlabPool();
  readonly traffic: Traffic = newTraffic();
  readonly startedAt: Date = new Date();
  readonly closed: ClosedConnections = new ClosedConnections();
  readonly listeners: Set<HubListener> = new Set();
  readonly #random: Random;
  readonly #clients = new Map<number, Client>();
  /** All clients, also those that are still in the TLS handshake. */
  readonly #arrivals = new Map<unknown, Arrival>();
  /** Clients whose session is over, but whose link is not closed yet. */
  readonly #leaving = new Set<ClientFacts>();
  readonly #onEmpty: (() => void)[] = [];
  #lastId = 0;
  #connectUrls: readonly string[];

  constructor(
    id: string,
    options: ResolvedServerOptions,
    accounts: Accounts,
    authorizer: Authorizer,
    random: Random,
  ) {
    this.id = id;
    this.options = options;
    this.accounts = accounts;
    this.authorizer = authorizer;
    this.#random = random;
    this.#connectUrls = options.connectUrls;
  }

  get name(): string {
    return this.options.name ?? this.id;
  }

  get limits(): ClientLimits {
    return this.options;
  }

  get clients(): ReadonlyMap<number, Client> {
    return this.#clients;
  }

  /** The number of connections since the start. */
  get totalConnections(): number {
    return this.#lastId;
  }

  /** The number of subscriptions, also those of the server's own services. */
  get subscriptionCount(): number {
    let count = 0;
    for (const { interest } of this.accounts.values()) count += interest.size;
    return count;
  }

  /** All clients, also those that are still in the TLS handshake. */
  get arrivals(): Iterable<Client> {
    return Array.from(this.#arrivals.values(), ({ client }) => client);
  }

  /** Clients whose session is over, but to whom bytes may still be on their way. */
  get leaving(): Iterable<ClientFacts> {
    return this.#leaving;
  }

  /** The client that has published something; undefined for the server itself, and for one that is gone. */
  clientOf(publisher: Publisher | undefined): Client | undefined {
    return this.#arrivals.get(publisher)?.client;
  }

  /** Takes a new client. Never rejects: a client that can't be taken is sent away. */
  async accept(link: Link, entrance: Entrance): Promise<void> {
    const client = new Client(++this.#lastId, this.#nonce(), link, this);
    this.#arrivals.set(client, { client, entrance });
    try {
      await this.#welcome(client, entrance);
    } catch (error) {
      client.fail(error);
    }
  }

  /** Does the TLS handshake and sends INFO, in whichever order, and then listens to the client. */
  async #welcome(client: Client, { tls }: Entrance): Promise<void> {
    for (const listener of this.listeners) listener.onAccept?.(client);
    const isSecured = tls !== undefined && client.link.kind === "tcp";
    const isFirst = isSecured && tls.comesFirst;
    if (isFirst && !(await client.secure())) return;
    client.sendInfo("accept");
    if (this.#clients.size >= this.options.maxConnections) {
      client.close("Maximum Connections Exceeded", "maximum connections exceeded");
      return;
    }
    this.#clients.set(client.id, client);
    if (isSecured && !isFirst && !(await client.secure())) return;
    if (!client.isClosed) client.listen();
  }

  /** The source of everything random. */
  get random(): Random {
    return this.#random;
  }

  /** 15 letters for the client to sign. */
  #nonce(): string {
    return this.authorizer.wantsNonce ? randomText(this.#random, 15) : "";
  }

  isSystem(account: object): boolean {
    return account === this.accounts.system;
  }

  complete(request: ConnectRequest, link: Link): ConnectRequest {
    return withCookies(request, link, this.options.websocket);
  }

  info(client: ClientFacts, occasion: InfoOccasion): string {
    return infoLine(greeting(this, client, this.#arrivals.get(client)!.entrance, occasion));
  }

  get connectUrls(): readonly string[] {
    return this.#connectUrls;
  }

  /** Tells clients of other servers, as a cluster does when it changes. */
  setConnectUrls(urls: readonly string[]): void {
    this.#connectUrls = urls;
    this.#tellInfo("change");
  }

  /** Tells clients that the server is going to leave. */
  announceLameDuck(): void {
    this.#tellInfo("lameDuck");
  }

  #tellInfo(occasion: InfoOccasion): void {
    for (const client of this.#clients.values()) if (client.takesInfo) client.sendInfo(occasion);
  }

  onConnect(client: Client): void {
    for (const listener of this.listeners) listener.onConnect?.(client);
  }

  onClosed(client: ClientFacts, reason: CloseReason): void {
    this.#clients.delete(client.id);
    this.#arrivals.delete(client);
    this.#leaving.add(client);
    this.closed.add(client, reason);
    for (const listener of this.listeners) listener.onClosed?.(client, reason);
    this.#log(client, `closed: ${reason}`);
  }

  onGone(client: ClientFacts, unsentBytes: number): void {
    if (unsentBytes > 0) this.#log(client, `is gone without ${unsentBytes} bytes that waited for it`);
    this.#leaving.delete(client);
    if (this.#leaving.size === 0) for (const tell of this.#onEmpty.splice(0)) tell();
  }

  onMistake(client: ClientFacts, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log(client, `met a mistake of the server's own: ${text}`);
  }

  #log({ id, link: { host, port } }: ClientFacts, text: string): void {
    this.options.log?.(`client ${id} of ${host}:${port} ${text}`);
  }

  /** Ends all connections; resolves when all links are closed. */
  async closeAll(reason: CloseReason): Promise<void> {
    for (const client of this.arrivals) client.close(reason);
    if (this.#leaving.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }
}
