import type { Accounts } from "./auth/accounts.ts";
import type { Authorizer } from "./auth/authorizer.ts";
import { type ConnectionView, viewOf } from "./connection-view.ts";
import { FaultyLink } from "./faults/faulty-link.ts";
import { type Info, infoLine, NATS_SERVER_VERSION } from "./info.ts";
import type { Link } from "./link.ts";
import type { ResolvedServerOptions } from "./options.ts";
import type { ConnectRequest } from "./protocol/connect-request.ts";
import type { CloseReason } from "./protocol/violation.ts";
import type { Random } from "./routing/random.ts";
import { Client } from "./session/client.ts";
import type { ClientHost, InfoOccasion } from "./session/client-host.ts";
import { SlabPool } from "./session/slab-pool.ts";
import { serverReport } from "./system/server-report.ts";
import { serveUserInfo } from "./system/user-info.ts";
import { newTraffic, type Traffic } from "./session/traffic.ts";

/** What TLS a listener's clients have to do. */
interface TlsDuty {
  readonly isRequired: boolean;
  readonly comesFirst: boolean;
  readonly verifies: boolean;
}

/** Where clients come in, as INFO tells them. */
export interface Door {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsDuty | undefined;
}

/** What is known of a client that is gone. */
export interface ClosedConnection {
  readonly connection: ConnectionView;
  readonly reason: CloseReason;
  readonly at: Date;
}

/** Who is told of clients as they come. */
export interface HubWatcher {
  /** Before the client is greeted. */
  onAccept(client: Client): void;
  /** It has said who it is. */
  onConnect(client: Client): void;
}

/** How a client came in. */
interface Arrival {
  readonly door: Door;
  readonly link: FaultyLink;
}

/** Clients that are remembered when they are gone. */
const MAX_CLOSED = 1000;

/** The inside of a server: who is connected, and what passes between them. It knows nothing of sockets. */
export class Hub implements ClientHost {
  readonly id: string;
  readonly limits: ResolvedServerOptions;
  readonly accounts: Accounts;
  readonly authorizer: Authorizer;
  readonly slabs: SlabPool = new SlabPool();
  readonly traffic: Traffic = newTraffic();
  readonly startedAt: Date = new Date();
  readonly closed: ClosedConnection[] = [];
  readonly #random: Random;
  readonly #clients = new Map<number, Client>();
  /** All clients, those too that the TLS handshake keeps outside yet. */
  readonly #arrivals = new Map<Client, Arrival>();
  watcher: HubWatcher | undefined;
  #lastId = 0;
  #responses = 0;
  #connectUrls: readonly string[];

  constructor(
    id: string,
    options: ResolvedServerOptions,
    accounts: Accounts,
    authorizer: Authorizer,
    random: Random,
  ) {
    this.id = id;
    this.limits = options;
    this.accounts = accounts;
    this.authorizer = authorizer;
    this.#random = random;
    this.#connectUrls = options.connectUrls;
    const { host } = options;
    // These two are there from the beginning.
    void [accounts.global, accounts.system];
    accounts.forEach((account) =>
      serveUserInfo(account, () => serverReport({ name: this.name, host, id }, ++this.#responses)),
    );
  }

  get name(): string {
    return this.limits.name ?? this.id;
  }

  get clients(): ReadonlyMap<number, Client> {
    return this.#clients;
  }

  /** Connections that there ever were. */
  get totalConnections(): number {
    return this.#lastId;
  }

  /** Lets a client in. Never rejects: whoever can't be let in is sent away. */
  async accept(bare: Link, door: Door): Promise<void> {
    const link = new FaultyLink(bare);
    const client = new Client(++this.#lastId, this.#nonce(), link, this);
    this.#arrivals.set(client, { door, link });
    try {
      await this.#welcome(client, link, door);
    } catch {
      client.break("Internal Error", false);
    }
  }

  /** Greets a client, with the TLS handshake before or after, and listens to it. */
  async #welcome(client: Client, link: FaultyLink, door: Door): Promise<void> {
    this.watcher?.onAccept(client);
    const { tls } = door;
    const isFirst = tls?.comesFirst === true && link.kind === "tcp";
    if (isFirst && !(await this.#secure(client))) return;
    client.sendInfo("accept");
    if (this.#clients.size >= this.limits.maxConnections) {
      client.close("Maximum Connections Exceeded", "maximum connections exceeded");
      return;
    }
    this.#clients.set(client.id, client);
    if (tls !== undefined && !isFirst && link.kind === "tcp" && !(await this.#secure(client))) return;
    if (!client.isClosed) client.listen();
  }

  /** Does the TLS handshake; false if the client is lost with that. */
  async #secure(client: Client): Promise<boolean> {
    client.outbound.flush();
    try {
      const link = await client.link.startTls?.();
      if (link !== undefined) client.replaceLink(link);
      // The server may have stopped meanwhile.
      if (client.isClosed) link?.destroy();
      return !client.isClosed;
    } catch {
      client.break("TLS Handshake Failure", false);
      return false;
    }
  }

  /** 15 letters for the client to sign. */
  #nonce(): string {
    if (!this.authorizer.wantsNonce) return "";
    return randomText(this.#random, 15);
  }

  complete(request: ConnectRequest, { cookies }: Link): ConnectRequest {
    const { websocket } = this.limits;
    if (cookies === undefined || websocket === undefined) return request;
    const { jwtCookie, userCookie, passwordCookie, tokenCookie } = websocket;
    const of = (name: string | undefined): string => (name === undefined ? "" : (cookies.get(name) ?? ""));
    return {
      ...request,
      jwt: request.jwt || of(jwtCookie),
      user: request.user || of(userCookie),
      pass: request.pass || of(passwordCookie),
      auth_token: request.auth_token || of(tokenCookie),
    };
  }

  info(client: Client, occasion: InfoOccasion): string {
    const { isRequired, wantsNonce } = this.authorizer;
    const anonymous = this.authorizer.anonymous(client.link.kind);
    const { host, port } = this.#arrivals.get(client)!.door;
    const isWebSocket = client.link.kind === "websocket";
    const document: Info = {
      server_id: this.id,
      server_name: this.name,
      version: NATS_SERVER_VERSION,
      proto: 1,
      go: "natspeed",
      host,
      port,
      headers: this.limits.headers,
      // A user for whoever brings nothing makes a difference in the first INFO over TCP alone (nats-server 2.15).
      auth_required: isRequired && (anonymous === undefined || isWebSocket || occasion !== "accept"),
      ...this.#tlsInfo(client),
      max_payload: client.maxPayload,
      client_id: client.id,
      client_ip: client.link.host,
      nonce: wantsNonce && occasion === "accept" ? client.nonce : "",
      // They are addresses for TCP.
      connect_urls: isWebSocket ? [] : this.#connectUrls,
      ldm: occasion === "lameDuck",
      ...(occasion === "connect" ? this.#afterConnect(client) : {}),
    };
    return infoLine(document);
  }

  #tlsInfo(client: Client): Partial<Info> {
    const { tls } = this.#arrivals.get(client)!.door;
    const { kind } = client.link;
    // Of the listener for TCP, whatever the other one asks for (nats-server 2.15).
    const tls_verify = this.limits.tls?.verify === true;
    if (kind === "websocket")
      return { tls_required: tls !== undefined, tls_verify, tls_available: tls !== undefined };
    const isRequired = tls?.isRequired === true && kind !== "memory";
    return { tls_required: isRequired, tls_verify, tls_available: tls !== undefined && !isRequired };
  }

  #afterConnect({ identity }: Client): Partial<Info> {
    const account = identity?.account ?? this.accounts.global;
    return {
      connect_info: true,
      remote_account: account.name,
      acc_is_sys: account === this.accounts.system,
    };
  }

  /** Those that the server's own services have, too. */
  get subscriptionCount(): number {
    let count = 0;
    for (const { interest } of this.accounts.values()) count += interest.size;
    return count;
  }

  /** Tells clients of other servers, as those of a cluster do when it changes. */
  setConnectUrls(urls: readonly string[]): void {
    this.#connectUrls = urls;
    this.#tellInfo("change");
  }

  get connectUrls(): readonly string[] {
    return this.#connectUrls;
  }

  /** Tells clients that the server is going to leave. */
  announceLameDuck(): void {
    this.#tellInfo("lameDuck");
  }

  /** The faults around a client's link; undefined when it is gone. */
  linkOf(client: Client): FaultyLink | undefined {
    return this.#arrivals.get(client)?.link;
  }

  /** All clients, those too that the TLS handshake keeps outside yet. */
  get arrivals(): Iterable<Client> {
    return this.#arrivals.keys();
  }

  onConnect(client: Client): void {
    this.watcher?.onConnect(client);
  }

  #tellInfo(occasion: InfoOccasion): void {
    for (const client of this.#clients.values()) if (client.takesInfo) client.sendInfo(occasion);
  }

  onClosed(client: Client, reason: CloseReason): void {
    this.#clients.delete(client.id);
    this.#arrivals.delete(client);
    if (this.closed.length >= MAX_CLOSED) this.closed.shift();
    this.closed.push({ connection: viewOf(client), reason, at: new Date() });
    this.limits.log?.(`client ${client.id} of ${client.link.host}:${client.link.port} closed: ${reason}`);
  }

  /** Ends all connections. */
  closeAll(reason: CloseReason): void {
    for (const client of this.#arrivals.keys()) client.close(reason);
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Letters that nkeys and nonces are made of. */
export function randomText(random: Random, length: number): string {
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("");
}
