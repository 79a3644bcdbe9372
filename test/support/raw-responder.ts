import { RawClient } from "./raw-client.ts";

/** A reply as it travels; `headers` is the whole block without its last two line breaks: "NATS/1.0 404 Not Found". */
export interface RawReply {
  readonly headers: string;
  readonly data?: string;
  /** Where it goes instead of the request's reply subject. */
  readonly subject?: string;
  /** Where the receiver may answer. */
  readonly reply?: string;
}

/** What a request is answered with; `number` counts from 1, `body` is its payload. */
export type Answer = (number: number, body: string) => readonly RawReply[];

/** Answers requests with bytes of the test's own, statuses included, which no client can publish. */
export class RawResponder {
  readonly bodies: string[] = [];
  readonly #client: RawClient;
  readonly #answer: Answer;
  #read = 0;

  private constructor(client: RawClient, answer: Answer) {
    this.#client = client;
    this.#answer = answer;
    client.socket.on("data", () => this.#answerAll());
  }

  static async start(port: number, subject: string, answer: Answer): Promise<RawResponder> {
    const client = await RawClient.connect(port);
    const responder = new RawResponder(client, answer);
    await client.until("PONG", `CONNECT {"verbose":false,"headers":true}\r\nSUB ${subject} 1\r\nPING\r\n`);
    return responder;
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  // MSG <subject> <sid> <reply> <size>␍␊<payload>␍␊
  #answerAll(): void {
    const line = /MSG \S+ 1 (\S+) (\d+)\r\n/g;
    line.lastIndex = this.#read;
    for (
      let match = line.exec(this.#client.received);
      match !== null;
      match = line.exec(this.#client.received)
    ) {
      const end = line.lastIndex + Number(match[2]) + 2;
      if (this.#client.received.length < end) return;
      this.bodies.push(this.#client.received.slice(line.lastIndex, end - 2));
      this.#read = end;
      line.lastIndex = end;
      this.#reply(match[1]!);
    }
  }

  #reply(inbox: string): void {
    for (const reply of this.#answer(this.bodies.length, this.bodies.at(-1)!)) {
      const { headers, data = "", subject = inbox } = reply;
      const to = reply.reply === undefined ? subject : `${subject} ${reply.reply}`;
      const block = `${headers}\r\n\r\n`;
      this.#client.send(`HPUB ${to} ${block.length} ${block.length + data.length}\r\n${block}${data}\r\n`);
    }
  }
}
