import { connect } from "node:net";
import type { Socket } from "node:net";

/** How a connection ended: in order by the other side, by an error with this code, or by us. */
export type Ending = "end" | "destroyed" | (string & {});

/** A TCP client that sends what it is told to and waits for text, for tests without natspeed. */
export class RawClient {
  readonly closed: Promise<Ending>;
  readonly socket: Socket;
  #received = "";
  #over = false;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    let ending: Ending = "destroyed";
    socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
      this.#wake();
    });
    socket.on("end", () => (ending = "end"));
    socket.on("error", (error: NodeJS.ErrnoException) => (ending = error.code ?? error.message));
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#over = true;
        this.#wake();
        resolve(ending);
      });
    });
  }

  /** Rejects when the port refuses. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  get received(): string {
    return this.#received;
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Sends, if there is something to send, and waits until all that was received has `text`. */
  async until(text: string | RegExp, send?: string): Promise<string> {
    if (send !== undefined) this.send(send);
    const found = (): boolean =>
      typeof text === "string" ? this.#received.includes(text) : text.test(this.#received);
    while (!found()) {
      if (this.#over) throw new Error(`closed before ${String(text)}, after: ${this.#received}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.#received;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
