import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { HeldPort } from "./held-port.ts";
import { listen } from "./listen.ts";
import { Lane, Treatment } from "./proxy-lane.ts";
import type { Direction, Garble } from "./proxy-lane.ts";

/**
 * A TCP proxy on 127.0.0.1 that can misbehave. "up" is from the client to the server, "down" from
 * the server to the client. What is set holds for all connections, also for those to come; bytes
 * that were stalled or delayed are still delivered, in order.
 */
export class Proxy {
  readonly port: number;
  readonly #targetPort: number;
  readonly #held: HeldPort;
  readonly #up = new Treatment("up");
  readonly #down = new Treatment("down");
  readonly #sockets = new Map<Socket, Promise<void>>();
  #server: Server | undefined;
  #accepted = 0;

  private constructor(server: Server, port: number, targetPort: number, held: HeldPort) {
    this.port = port;
    this.#targetPort = targetPort;
    this.#held = held;
    this.#use(server);
  }

  static async start(targetPort: number): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true });
    const port = await listen(server);
    return new Proxy(server, port, targetPort, await HeldPort.of(server, port));
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** How many connections there have been so far. */
  get connections(): number {
    return this.#accepted;
  }

  /** How many sockets there are now, both sides counted. */
  get open(): number {
    return this.#sockets.size;
  }

  /** What clients have sent so far, before any garbling. */
  get recordedUp(): Buffer {
    return Buffer.concat(this.#up.recorded);
  }

  /** What the server has sent so far, before any garbling. */
  get recordedDown(): Buffer {
    return Buffer.concat(this.#down.recorded);
  }

  /** Ends all connections at once, both ways; what is under way is lost. */
  cut(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  /** Stops forwarding; the sockets stay open and their senders are blocked after a while. */
  stall(direction: Direction | "both" = "both"): void {
    for (const treatment of this.#treatments(direction)) treatment.stall();
  }

  resume(direction: Direction | "both" = "both"): void {
    for (const treatment of this.#treatments(direction)) treatment.resume();
  }

  /** Holds back by so much what arrives from now on; 0 ends that. */
  delay(ms: number): void {
    for (const treatment of this.#treatments("both")) treatment.delay = ms;
  }

  /**
   * Forwards in pieces of this size, each in a write of its own (the receiver's kernel may still
   * join them); `Infinity` ends that.
   */
  split(bytes: number): void {
    if (!(bytes >= 1)) throw new RangeError(`cannot split into pieces of ${bytes} bytes`);
    for (const treatment of this.#treatments("both")) treatment.pieceSize = bytes;
  }

  /** Replaces each chunk that arrives from now on by what `fn` returns; `undefined` ends that. */
  garble(fn: Garble | undefined): void {
    for (const treatment of this.#treatments("both")) treatment.garble = fn;
  }

  /** New connections are refused by the system, as if no server were there; old ones stay, and nobody else gets the port. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** New connections are taken again, on the same port. */
  async accept(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true });
    await listen(server, this.port);
    this.#use(server);
  }

  async stop(): Promise<void> {
    this.refuse();
    this.cut();
    this.resume();
    await Promise.all([...this.#sockets.values(), this.#held.release()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #treatments(direction: Direction | "both"): Treatment[] {
    return [this.#up, this.#down].filter(
      (treatment) => direction === "both" || treatment.direction === direction,
    );
  }

  #use(server: Server): void {
    this.#server = server;
    server.on("connection", (client) => this.#join(client));
  }

  #join(client: Socket): void {
    this.#accepted++;
    const server = connect({ port: this.#targetPort, host: "127.0.0.1", allowHalfOpen: true });
    this.#keep(client);
    this.#keep(server);
    new Lane(client, server, this.#up).open();
    new Lane(server, client, this.#down).open();
  }

  #keep(socket: Socket): void {
    socket.setNoDelay(true);
    // "close" follows and tells the lane.
    socket.on("error", () => {});
    const closed = new Promise<void>((resolve) => {
      socket.once("close", () => {
        this.#sockets.delete(socket);
        resolve();
      });
    });
    this.#sockets.set(socket, closed);
  }
}
