import type { LameDuck } from "../move/lame-duck.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import { serverUrl } from "../server-address.ts";
import type { ServerPool } from "../servers/server-pool.ts";
import type { Server } from "../servers/server.ts";
import type { EventHub } from "./event-hub.ts";
import type { StateMachine } from "./state.ts";

/** What the news of a cluster need of the connection. */
export interface ClusterNewsHost {
  readonly pool: ServerPool;
  readonly lameDuck: LameDuck;
  readonly state: StateMachine;
  readonly connection: { readonly options: ResolvedOptions; readonly events: EventHub };
}

/** What a server says of its cluster and of its own end. */
export class ClusterNews {
  readonly #host: ClusterNewsHost;

  constructor(host: ClusterNewsHost) {
    this.#host = host;
  }

  /** Takes an INFO of the server in use. What is learned during the first connect is told to nobody (INFO-09). */
  onInfo(info: ServerInfo, server: Server): void {
    this.discover(info, server);
    if (info.lameDuck) this.onLameDuck(server);
  }

  /** Takes over the list of a server. */
  discover({ connectUrls }: ServerInfo, from: Server): void {
    const { connection, pool } = this.#host;
    const { events, options } = connection;
    if (!options.discoverServers) return;
    // Over WebSocket too: nats-server 2.15 lists the addresses of the transport that the client came by.
    const { added, left } = pool.discover(connectUrls, from);
    if (added.length + left.length === 0 || this.#isConnecting) return;
    events.emit({ type: "discovered", servers: added, left });
  }

  /** The server announces its end. */
  onLameDuck(server: Server): void {
    if (this.#isConnecting) return;
    const { connection, lameDuck, pool } = this.#host;
    const { events, options } = connection;
    events.emit({ type: "lameDuck", server: serverUrl(server.address) });
    pool.onLameDuck(server, performance.now());
    if (options.lameDuck === "move") lameDuck.begin(server);
  }

  /** The first connect is still under way. */
  get #isConnecting(): boolean {
    return this.#host.state.current === "connecting";
  }
}
