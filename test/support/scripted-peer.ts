import type { Socket } from "node:net";

/** The client went away while the script was reading from it or writing to it. */
export class PeerClosed extends Error {
  override readonly name = "PeerClosed";
  /** Whether the script had said that something must come. */
  readonly required: boolean;

  constructor(doing: string, required: boolean) {
    super(`the client closed the connection while the script was ${doing}`);
    this.required = required;
  }
}

export type InfoFields = Record<string, unknown>;

interface Reader {
  /** Takes what it waits for out of the buffer, or gives `undefined` when not all is there yet. */
  take(): Buffer | undefined;
  resolve(bytes: Buffer): void;
  reject(error: Error): void;
  readonly doing: string;
  readonly required: boolean;
}

/** One accepted connection, in the hands of a script. It knows lines and bytes, nothing of NATS. */
export class ScriptedPeer {
  /** 1 for the first connection of its server, 2 for the next ... */
  readonly number: number;
  /** Settles when the socket is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  #unread: Buffer[] = [];
  #unreadLength = 0;
  #reader: Reader | undefined;
  #ended = false;
  #finished = false;

  constructor(socket: Socket, number: number) {
    this.#socket = socket;
    this.number = number;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => this.#end());
    // "close" follows and says the same.
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#end();
        resolve();
      });
    });
  }

  /** All that the client has sent so far, as text. */
  get received(): string {
    return Buffer.concat(this.#received).toString("utf8");
  }

  /** Writes exactly this, at once. */
  send(data: string | Uint8Array): void {
    if (this.#finished) throw new Error("the script has closed this connection already");
    if (!this.#socket.writable) throw new PeerClosed("sending", false);
    this.#socket.write(data);
  }

  /** Writes this every so many milliseconds, as long as there is a connection. */
  async keepSending(data: string, interval: number): Promise<void> {
    const timer = setInterval(() => {
      if (!this.#finished && this.#socket.writable) this.#socket.write(data);
    }, interval);
    await this.closed;
    clearInterval(timer);
  }

  /** `overrides` replace fields of a sensible INFO; a field set to `undefined` is left out. */
  sendInfo(overrides: InfoFields = {}): void {
    const info = {
      server_id: "SCRIPTED",
      server_name: "scripted",
      version: "2.15.2",
      proto: 1,
      host: "127.0.0.1",
      port: this.#socket.localPort,
      headers: true,
      max_payload: 1_048_576,
      client_id: this.number,
      client_ip: "127.0.0.1",
      ...overrides,
    };
    this.send(`INFO ${JSON.stringify(info)}\r\n`);
  }

  /** The next line, without its CRLF. */
  async readLine(): Promise<string> {
    return this.#line("waiting for a line", false);
  }

  /** The next `count` bytes, for payloads. */
  async readBytes(count: number): Promise<Buffer> {
    const take = (): Buffer | undefined => (this.#unreadLength < count ? undefined : this.#take(count));
    return this.#read({ take, doing: `waiting for ${count} bytes`, required: false });
  }

  /** The next line, which has to come and to begin with this verb. */
  async expect(verb: string): Promise<string> {
    const line = await this.#line(`expecting ${verb}`, true);
    requireVerb(line, verb);
    return line;
  }

  /** INFO, CONNECT, PING, PONG; resolves to the options in CONNECT. */
  async accept(overrides: InfoFields = {}): Promise<Record<string, unknown>> {
    this.sendInfo(overrides);
    const line = await this.#line("waiting for CONNECT", false);
    requireVerb(line, "CONNECT");
    requireVerb(await this.#line("waiting for PING", false), "PING");
    this.send("PONG\r\n");
    return JSON.parse(line.slice("CONNECT ".length)) as Record<string, unknown>;
  }

  /** Ends our side in order (FIN), after all that was sent. */
  close(): void {
    this.#finished = true;
    this.#socket.end();
  }

  /** Breaks the connection off (RST). */
  destroy(): void {
    this.#finished = true;
    this.#socket.resetAndDestroy();
  }

  /** Stops reading: what the client sends fills the buffers on the way, then blocks it. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** From now on reads one chunk, of 64 KiB at most, every so many milliseconds. */
  readSlowly(interval: number): void {
    this.#socket.on("data", () => {
      this.#socket.pause();
      setTimeout(() => this.#socket.resume(), interval);
    });
  }

  async #line(doing: string, required: boolean): Promise<string> {
    const take = (): Buffer | undefined => {
      const end = this.#joined().indexOf("\r\n");
      return end < 0 ? undefined : this.#take(end + 2);
    };
    const line = await this.#read({ take, doing, required });
    return line.toString("utf8", 0, line.length - 2);
  }

  #read(wanted: Omit<Reader, "resolve" | "reject">): Promise<Buffer> {
    if (this.#reader !== undefined) {
      throw new Error(`the script is already ${this.#reader.doing}: await one read before the next`);
    }
    return new Promise((resolve, reject) => {
      this.#reader = { ...wanted, resolve, reject };
      this.#serve();
    });
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#unread.push(chunk);
    this.#unreadLength += chunk.length;
    this.#serve();
  }

  #end(): void {
    this.#ended = true;
    this.#serve();
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const bytes = reader.take();
    if (bytes === undefined && !this.#ended) return;
    this.#reader = undefined;
    if (bytes === undefined) reader.reject(new PeerClosed(reader.doing, reader.required));
    else reader.resolve(bytes);
  }

  #take(count: number): Buffer {
    const bytes = this.#joined();
    this.#unread = [bytes.subarray(count)];
    this.#unreadLength -= count;
    return bytes.subarray(0, count);
  }

  #joined(): Buffer {
    if (this.#unread.length !== 1) this.#unread = [Buffer.concat(this.#unread)];
    return this.#unread[0] ?? Buffer.alloc(0);
  }
}

function requireVerb(line: string, verb: string): void {
  if (line === verb || line.startsWith(`${verb} `)) return;
  throw new Error(`expected ${verb}, but the client sent ${JSON.stringify(line)}`);
}
