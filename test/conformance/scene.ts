import type { ConnectionOptions } from "node:tls";
import type { ServerAtHand } from "../support/both-servers.ts";
import { eventually } from "../support/eventually.ts";
import { Peer } from "./peer.ts";
import type { Props } from "./scenario.ts";

/** A server, the peers of a scenario, and what has been seen. */
export class Scene {
  readonly server: ServerAtHand;
  readonly props: Props;
  readonly #peers = new Map<string, Peer>();
  readonly #forgotten = new Set<string>();
  readonly #notes: unknown[] = [];

  constructor(server: ServerAtHand, props: Props) {
    this.server = server;
    this.props = props;
  }

  /** A new peer, which has heard INFO; it says `first`, and waits until that is dealt with. */
  async peer(name: string, first?: string): Promise<Peer> {
    const peer = this.#keep(name, await Peer.open(this.server.port));
    await peer.until("\r\n");
    if (first !== undefined) await this.#greet(peer, first);
    return peer;
  }

  /** A new peer that goes over to TLS after INFO. */
  async securePeer(name: string, options: ConnectionOptions, first?: string): Promise<Peer> {
    const peer = await this.peer(name);
    await peer.secure(options);
    if (first !== undefined) await this.#greet(peer, first);
    return peer;
  }

  /** A new peer with TLS before INFO. */
  async tlsFirstPeer(name: string, options: ConnectionOptions, first: string): Promise<Peer> {
    const peer = this.#keep(name, await Peer.openSecure(this.server.port, options));
    await peer.until("\r\n");
    await this.#greet(peer, first);
    return peer;
  }

  /** How many are connected; 0 when nobody answers any more. */
  async connections(): Promise<number> {
    const page = await this.server.page("/connz").catch(() => undefined);
    if (page === undefined) return 0;
    return (JSON.parse(page.body) as { num_connections: number }).num_connections;
  }

  /** Whether the server takes no new client. */
  async isRefused(): Promise<boolean> {
    try {
      (await Peer.open(this.server.port)).destroy();
      return false;
    } catch {
      return true;
    }
  }

  /** Keeps something that was seen, beside what peers hear. */
  note(what: unknown): void {
    this.#notes.push(what);
  }

  /** Leaves out what this peer heard: it differs from run to run, and a note says what matters. */
  forget(name: string): void {
    this.#forgotten.add(name);
  }

  /** All that was seen, without what differs from server to server and from run to run. */
  get seen(): unknown {
    const heard = [...this.#peers]
      .filter(([name]) => !this.#forgotten.has(name))
      .map(([name, peer]) => [name, peer.transcript.filter(isAnswer).map(normalise)]);
    return { heard: Object.fromEntries(heard), notes: this.#notes };
  }

  /** Ends all peers; resolves when the server has noticed, if it is still there. */
  async end(): Promise<void> {
    for (const peer of this.#peers.values()) peer.destroy();
    await eventually(async () => {
      const left = await this.connections();
      if (left > 0) throw new Error(`${left} connections are left`);
    });
  }

  async #greet(peer: Peer, first: string): Promise<void> {
    peer.send(first);
    await peer.sync();
  }

  #keep(name: string, peer: Peer): Peer {
    if (this.#peers.has(name)) throw new Error(`there is a peer ${name} already`);
    this.#peers.set(name, peer);
    return peer;
  }
}

/** Fields of INFO that each server has its own of. */
const OWN = ["server_id", "server_name", "go", "port", "client_id", "nonce"];
/** Those of a nats-server alone: its build, its level of JetStream, a key for its cluster. */
const ONLY_NATS_SERVER = ["git_commit", "api_lvl", "xkey"];

/** PING comes by the clock. */
function isAnswer(line: string): boolean {
  return line !== "PING";
}

function normalise(line: string): string {
  if (!line.startsWith("INFO ")) return line;
  const info = JSON.parse(line.slice(5)) as Record<string, unknown>;
  for (const name of ONLY_NATS_SERVER) delete info[name];
  for (const name of OWN) if (name in info) info[name] = `<${name}>`;
  return `INFO ${JSON.stringify(info)}`;
}
