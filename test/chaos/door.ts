import { connect, createServer, type Server, type Socket } from "node:net";
import { listen } from "../support/listen.ts";
import { type Direction, Lane, reset, Treatment } from "../support/proxy-lane.ts";

/**
 * The way to one server that links are cut, stalled and delayed on. As `Proxy` in `test/support`, whose lanes it
 * uses, but it records nothing: a run of hours goes through it.
 */
export class Door {
  readonly port: number;
  readonly #listener: Server;
  readonly #up = new Treatment("up");
  readonly #down = new Treatment("down");
  readonly #sockets = new Set<Socket>();

  private constructor(listener: Server, port: number, targetPort: number) {
    this.#listener = listener;
    this.port = port;
    listener.on("connection", (client) => this.#join(client, targetPort));
  }

  static async open(targetPort: number): Promise<Door> {
    const listener = createServer({ allowHalfOpen: true });
    return new Door(listener, await listen(listener), targetPort);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Resets all connections; what is under way is lost. */
  cut(): void {
    for (const socket of this.#sockets) reset(socket);
  }

  /** Forwards nothing; the sockets stay open. */
  stall(direction: Direction | "both"): void {
    for (const treatment of this.#of(direction)) treatment.stall();
  }

  resume(): void {
    for (const treatment of this.#of("both")) treatment.resume();
  }

  /** Holds back by so many milliseconds what arrives from now on; 0 ends that. */
  delay(ms: number): void {
    for (const treatment of this.#of("both")) treatment.delay = ms;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    this.cut();
    this.resume();
    await closed;
  }

  #of(direction: Direction | "both"): Treatment[] {
    return [this.#up, this.#down].filter((one) => direction === "both" || one.direction === direction);
  }

  #join(client: Socket, targetPort: number): void {
    const server = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
    this.#keep(client);
    this.#keep(server);
    new Lane(client, server, this.#up).open();
    new Lane(server, client, this.#down).open();
  }

  #keep(socket: Socket): void {
    socket.setNoDelay(true);
    // "close" follows and tells the lane.
    socket.on("error", () => {});
    socket.on("data", () => this.#forgetRecords());
    socket.once("close", () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
  }

  #forgetRecords(): void {
    this.#up.recorded.length = 0;
    this.#down.recorded.length = 0;
  }
}
