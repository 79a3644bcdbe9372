import net from "node:net";

const CONNECT = {
  verbose: false,
  pedantic: false,
  headers: true,
  protocol: 1,
  lang: "raw",
  version: "0",
};

/** A socket to the server with nothing of a client library around it. */
export class RawConnection {
  #socket;
  #pongs = [];
  #rest = "";
  /** Called with the payload of each message; only for the few messages of a control subject. */
  /** @type {(payload: string) => void} */
  onPayload = () => {};

  static async open(port) {
    const connection = new RawConnection();
    const socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
    connection.#socket = socket;
    socket.on("error", (error) => connection.#fail(error));
    socket.on("data", connection.#readLines);
    socket.write(`CONNECT ${JSON.stringify(CONNECT)}\r\n`);
    await connection.flush();
    return connection;
  }

  flush() {
    this.#socket.write("PING\r\n");
    return new Promise((resolve) => this.#pongs.push(resolve));
  }

  send(text) {
    this.#socket.write(text, "latin1");
  }

  /** Resolves when the socket takes more; `undefined` when it does so at once. */
  write(bytes) {
    if (this.#socket.write(bytes)) return undefined;
    return new Promise((resolve) => this.#socket.once("drain", resolve));
  }

  /** Hands the bytes over as they come, unread. */
  takeOver(onData) {
    this.#socket.off("data", this.#readLines);
    this.#socket.on("data", onData);
  }

  /** What was written still leaves. */
  end() {
    this.#socket.end();
  }

  close() {
    this.#socket.destroy();
  }

  #readLines = (chunk) => {
    const lines = (this.#rest + chunk.latin1Slice()).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i];
      if (line.startsWith("MSG ")) {
        // The payload is the next line, which may still be on its way.
        if (i + 1 === lines.length) this.#rest = `${line}\r\n${this.#rest}`;
        else this.onPayload(lines[++i]);
      } else if (line === "PING") this.send("PONG\r\n");
      else if (line === "PONG") this.#pongs.shift()();
      else if (line.startsWith("-ERR")) this.#fail(new Error(line));
    }
  };

  #fail(error) {
    process.stderr.write(`raw socket: ${error.message}\n`);
    process.exit(1);
  }
}
