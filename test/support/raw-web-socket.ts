import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** A frame, as it came. */
export interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly isCompressed: boolean;
  readonly payload: Buffer;
}

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** What a request to become a WebSocket says when nothing else is wanted. */
const UPGRADE: Readonly<Record<string, string>> = {
  Host: "server",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

export interface UpgradeOptions {
  readonly method?: string;
  readonly path?: string;
  /** Undefined leaves out one that is usual. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** TLS first. */
  readonly tls?: ConnectionOptions;
  /** Bytes that go out with the request. */
  readonly early?: Buffer;
}

/** A WebSocket by hand: the request as it is wanted, the frames one by one, good ones and bad ones. */
export class RawWebSocket implements Disposable {
  /** The status line and the headers of the answer, in lower case; in alphabetical order, without the date. */
  readonly head: string[];
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  /** What followed the head and is no frame yet, as it came; all of the body of a refusal. */
  #pieces: Buffer[];
  #size: number;
  /** Bytes of a frame that is not whole: before they are there, pieces are not joined. */
  #wanted = 0;
  readonly #isUpgraded: boolean;
  #isOver = false;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket, head: string, rest: Buffer) {
    this.socket = socket;
    const [status = "", ...headers] = head.split("\r\n");
    this.head = [
      status,
      ...headers
        .filter((line) => !/^date:/i.test(line))
        .map(lowerName)
        .sort(),
    ];
    this.#pieces = [rest];
    this.#size = rest.length;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("close", () => {
      this.#isOver = true;
      this.#wake();
    });
    this.#isUpgraded = status.includes(" 101 ");
    this.#onData(Buffer.alloc(0));
    if (socket.destroyed) this.#isOver = true;
  }

  /** Asks, and waits for the head of the answer, whatever it says. */
  static async open(port: number, options: UpgradeOptions = {}): Promise<RawWebSocket> {
    const { method = "GET", path = "/", headers = {}, tls, early = Buffer.alloc(0) } = options;
    const socket =
      tls === undefined ? connect(port, "127.0.0.1") : connectTls({ port, host: "127.0.0.1", ...tls });
    let failed: Error | undefined;
    socket.on("error", (error) => (failed = error));
    const lines = Object.entries({ ...UPGRADE, ...headers }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    );
    const request = [`${method} ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
    socket.write(Buffer.concat([Buffer.from(request), early]));
    let received = Buffer.alloc(0);
    while (!received.includes("\r\n\r\n")) {
      const chunk = (await Promise.race([once(socket, "data"), once(socket, "close")]))[0] as
        | Buffer
        | boolean;
      if (typeof chunk === "boolean") throw failed ?? new Error(`closed after ${received.toString()}`);
      received = Buffer.concat([received, chunk]);
    }
    const end = received.indexOf("\r\n\r\n");
    return new RawWebSocket(socket, received.subarray(0, end).toString(), received.subarray(end + 4));
  }

  #onData(chunk: Buffer): void {
    this.#pieces.push(chunk);
    this.#size += chunk.length;
    if (this.#isUpgraded && this.#size >= this.#wanted) {
      for (let frame = this.#next(); frame !== undefined; frame = this.#next()) this.frames.push(frame);
    }
    this.#wake();
  }

  /** Takes a whole frame off what has come. */
  #next(): Frame | undefined {
    const bytes = this.#joined();
    if (bytes.length < 2) return undefined;
    const short = bytes[1]! & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < start) return undefined;
    const size =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    this.#wanted = start + size;
    if (bytes.length < this.#wanted) return undefined;
    this.#pieces = [bytes.subarray(this.#wanted)];
    this.#size -= this.#wanted;
    this.#wanted = 0;
    const first = bytes[0]!;
    return {
      opcode: first & 0x0f,
      isFinal: (first & 0x80) !== 0,
      isCompressed: (first & 0x40) !== 0,
      payload: bytes.subarray(start, start + size),
    };
  }

  #joined(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0]!;
  }

  /** What the plain data frames say, one after the other. */
  get text(): string {
    return this.frames
      .filter(({ opcode }) => opcode <= BINARY)
      .map(({ payload }) => payload.toString("latin1"))
      .join("");
  }

  /** Status and reason of the closing frame; undefined if there was none. */
  get closing(): string | undefined {
    const frame = this.frames.find(({ opcode }) => opcode === CLOSE);
    if (frame === undefined) return undefined;
    const { payload } = frame;
    return payload.length < 2 ? "" : `${payload.readUInt16BE(0)} ${payload.subarray(2).toString()}`;
  }

  send(payload: string | Buffer, options: FrameOptions = {}): void {
    this.socket.write(frameOf(payload, options));
  }

  /** Waits until what came fulfils this. */
  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.#isOver) throw new Error(`closed, after: ${this.text} ${this.closing ?? ""}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Sends as one frame, and waits for a word. */
  async exchange(payload: string, word: string): Promise<void> {
    this.send(payload);
    await this.until(() => this.text.includes(word));
  }

  /** Waits for the end of the connection. */
  async ended(): Promise<void> {
    while (!this.#isOver) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** The body that the head announces. */
  async body(): Promise<string> {
    const [, size = "0"] = /content-length: (\d+)/.exec(this.head.join("\n")) ?? [];
    await this.until(() => this.#size >= Number(size));
    return this.#joined().toString();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

export interface FrameOptions {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly isCompressed?: boolean;
  readonly isMasked?: boolean;
}

/** A client's frame. */
export function frameOf(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = BINARY, isFinal = true, isCompressed = false, isMasked = true } = options;
  const body = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
  const first = opcode | (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0);
  const mask = isMasked ? 0x80 : 0;
  const head =
    body.length < 126
      ? Buffer.from([first, mask | body.length])
      : Buffer.from([first, mask | 126, body.length >> 8, body.length & 0xff]);
  if (!isMasked) return Buffer.concat([head, body]);
  const key = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([head, key, body.map((byte, i) => byte ^ key[i & 3]!)]);
}

function lowerName(header: string): string {
  const at = header.indexOf(":");
  return header.slice(0, at).toLowerCase() + header.slice(at);
}
