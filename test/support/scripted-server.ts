import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { listen } from "./listen.ts";
import { PeerClosed, ScriptedPeer } from "./scripted-peer.ts";

export { PeerClosed, ScriptedPeer };

const END_LIMIT = 2_000;

export type Script = (peer: ScriptedPeer) => Promise<void> | void;

/**
 * A TCP peer on 127.0.0.1 that says what its script tells it to, once per connection. It shares no
 * code with the client.
 *
 * What a script throws is kept: the connection is broken off, so that the client is not left
 * waiting, and `done()` and `stop()` throw it, so that no test passes by accident. One exception:
 * a script ends quietly when its client goes away while it is merely waiting (`readLine`,
 * `readBytes`, `accept`) or sending. `expect(verb)` is a claim that the verb comes, so there it is an
 * error, also when `stop()` is what ends the wait; await `done()` first when the script is to come
 * to its end. A connection stays open after its script has ended, so a script need not wait for the
 * sake of that; one that still runs 2 s after `stop()` has broken its connection off is an error.
 */
export class ScriptedServer {
  readonly peers: ScriptedPeer[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #script: Script;
  readonly #running = new Map<ScriptedPeer, Promise<void>>();
  readonly #errors: unknown[] = [];
  readonly #waiting = new Set<() => void>();
  #stopping: Promise<void> | undefined;

  private constructor(server: Server, port: number, script: Script) {
    this.#server = server;
    this.port = port;
    this.#script = script;
    server.on("connection", (socket) => this.#accept(socket));
  }

  /** `port` is for coming back where another server was; without it a free one is taken. */
  static async start(script: Script, options: { port?: number } = {}): Promise<ScriptedServer> {
    const server = createServer();
    return new ScriptedServer(server, await listen(server, options.port), script);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** How many connections there have been so far. */
  get connections(): number {
    return this.peers.length;
  }

  /** Waits for the connection with this number (1 is the first). */
  async peer(number: number): Promise<ScriptedPeer> {
    for (;;) {
      const peer = this.peers[number - 1];
      if (peer !== undefined) return peer;
      if (this.#stopping !== undefined) throw new Error(`connection ${number} never came`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Waits until the scripts of all connections so far have ended; throws what they threw. */
  async done(): Promise<void> {
    await Promise.all(this.#running.values());
    this.#throwErrors();
  }

  /** Breaks off all connections and throws what the scripts threw. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
    this.#throwErrors();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #accept(socket: Socket): void {
    const peer = new ScriptedPeer(socket, this.peers.length + 1);
    this.peers.push(peer);
    const run = this.#run(peer).finally(() => this.#running.delete(peer));
    this.#running.set(peer, run);
    this.#wake();
  }

  async #run(peer: ScriptedPeer): Promise<void> {
    try {
      await this.#script(peer);
    } catch (error) {
      if (error instanceof PeerClosed && !error.required) return;
      this.#errors.push(error);
      peer.destroy();
    }
  }

  async #stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const peer of this.peers) peer.destroy();
    await closed;
    this.#wake();

    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, END_LIMIT)));
    await Promise.race([Promise.all(this.#running.values()), limit]);
    clearTimeout(timer);
    for (const { number } of this.#running.keys()) {
      this.#errors.push(new Error(`the script of connection ${number} does not end`));
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Each error is thrown once, so that a test may catch the one it means to provoke. */
  #throwErrors(): void {
    const errors = this.#errors.splice(0);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, "several scripts failed");
  }
}
