import { connect, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** One end of a connection that says what a scenario tells it to, byte by byte, and keeps what it hears. */
export class Peer {
  #socket: Socket;
  #received = "";
  /** What was heard since {@link until} looked. */
  #news = "";
  #isOver = false;
  #pings = 0;
  /** PONGs, up to this position of what was received. */
  #counted = 0;
  #countedTo = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#hear(socket);
  }

  /** Over TCP; nothing is read or said. */
  static async open(port: number): Promise<Peer> {
    const socket = connect(port, "127.0.0.1");
    await settled(socket, "connect");
    return new Peer(socket);
  }

  /** With TLS before anything else. */
  static async openSecure(port: number, options: ConnectionOptions): Promise<Peer> {
    const socket = connectTls({ ...options, port, host: "127.0.0.1" });
    await settled(socket, "secureConnect");
    return new Peer(socket);
  }

  /** Goes over to TLS; what a server says about a handshake that fails is heard as a close. */
  async secure(options: ConnectionOptions): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners("data").removeAllListeners("close");
    const secured = connectTls({ ...options, socket: plain });
    this.#hear(secured);
    this.#socket = secured;
    await settled(secured, "secureConnect").catch(() => undefined);
  }

  /** All that was heard, and whether the server has closed the connection. */
  get transcript(): readonly string[] {
    const lines = this.#received.split("\r\n");
    // The last line is what follows the last line end: nothing, as a rule.
    const whole = lines.at(-1) === "" ? lines.slice(0, -1) : lines;
    return [...whole, this.#isOver ? "(closed)" : "(open)"];
  }

  get received(): string {
    return this.#received;
  }

  send(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** Sends in pieces, each of which the server sees as one. */
  async sendInPieces(text: string, size: number): Promise<void> {
    this.#socket.setNoDelay(true);
    for (let at = 0; at < text.length && !this.#isOver; at += size) {
      this.send(text.slice(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Waits for a word, or for the end. */
  async until(word: string | RegExp): Promise<void> {
    if (typeof word === "string") {
      await this.#untilText(word);
      return;
    }
    while (!word.test(this.#received) && !this.#isOver) await this.#more();
  }

  /** Looks at each piece once, and at the end of the one before it. */
  async #untilText(word: string): Promise<void> {
    let text = this.#received;
    this.#news = "";
    while (!text.includes(word) && !this.#isOver) {
      await this.#more();
      text = text.slice(-word.length) + this.#news;
      this.#news = "";
    }
  }

  /** Waits until all that was said has been answered, or for the end. */
  async sync(): Promise<void> {
    this.#pings++;
    this.send("PING\r\n");
    while (this.#pongs < this.#pings && !this.#isOver) await this.#more();
  }

  /** Tells the server of this many PINGs that went out with other things, and waits for their answers. */
  async answered(pings: number): Promise<void> {
    this.#pings += pings;
    while (this.#pongs < this.#pings && !this.#isOver) await this.#more();
  }

  async ended(): Promise<void> {
    while (!this.#isOver) await this.#more();
  }

  /** Reads nothing more until {@link resume}. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Says nothing more, and goes on listening. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Looks at each line once: a peer may hear megabytes. */
  get #pongs(): number {
    const end = this.#received.lastIndexOf("\n") + 1;
    const news = this.#received.slice(this.#countedTo, end);
    this.#counted += news.match(/^PONG\r\n/gm)?.length ?? 0;
    this.#countedTo = end;
    return this.#counted;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #hear(socket: Socket): void {
    socket.on("data", (chunk: Buffer) => {
      const text = chunk.toString("latin1");
      this.#received += text;
      this.#news += text;
      this.#wake();
    });
    // A server that closes with something unread resets the connection: for a client that is a close too.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

function settled(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed before it began")));
  });
}
