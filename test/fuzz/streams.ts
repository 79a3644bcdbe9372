import { seededRandom } from "../../src/server/routing/random.ts";

/** What streams are made for beside what any server takes. */
export interface StreamOptions {
  /** Bytes of lines and payloads near which some are to be. */
  readonly near?: { readonly line: number; readonly payload: number };
  /** What CONNECT says of the user, one of these. */
  readonly logins?: readonly object[];
}

/** Makes what no client would send, and what it nearly would; the same for the same seed. Strings of bytes. */
export class Streams {
  readonly random: () => number;
  readonly #near: StreamOptions["near"];
  readonly #logins: readonly object[];

  constructor(seed: number, { near, logins = [] }: StreamOptions = {}) {
    this.random = seededRandom(seed);
    this.#near = near;
    this.#logins = logins;
  }

  /** A conversation that has been spoilt, as a rule. */
  next(): string {
    const kind = this.random();
    if (kind < 0.1) return this.#noise(this.below(300));
    let stream = this.#conversation();
    for (let spoils = this.below(4); spoils > 0; spoils--) stream = this.#spoil(stream);
    return stream;
  }

  /** An integer from 0 to below this. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** Cuts into pieces of any size. */
  pieces(stream: string): string[] {
    if (this.random() < 0.3) return [stream];
    const most = this.pick([1, 3, 20, 200]);
    const pieces: string[] = [];
    for (let at = 0; at < stream.length;) {
      const size = 1 + this.below(most);
      pieces.push(stream.slice(at, at + size));
      at += size;
    }
    return pieces;
  }

  #conversation(): string {
    const connect = this.random() < 0.8 ? this.#connect() : "";
    return connect + Array.from({ length: this.below(8) }, () => this.#operation()).join("");
  }

  // CONNECT <JSON>␍␊
  #connect(): string {
    const fields: Record<string, unknown> = {};
    for (const name of ["verbose", "pedantic", "echo", "headers", "no_responders"]) {
      if (this.random() < 0.6) fields[name] = this.random() < 0.5;
    }
    if (this.random() < 0.5) fields["protocol"] = this.below(2);
    if (this.random() < 0.1)
      fields[this.pick(["user", "jwt", "name", "x"])] = this.pick(["", 7, null, [1], "é"]);
    if (this.#logins.length > 0) Object.assign(fields, this.pick(this.#logins));
    return `CONNECT ${JSON.stringify(fields)}${this.#lineEnd()}`;
  }

  #operation(): string {
    const kind = this.below(10);
    if (kind < 3) return this.#subscribe();
    if (kind < 6) return this.#publish();
    if (kind < 7) return this.#publishWithHeaders();
    if (kind < 8) return `UNSUB ${this.below(4)}${this.pick(["", " 1", " 2"])}${this.#lineEnd()}`;
    return this.pick(["PING", "PONG", "+OK", "INFO {}", "-ERR 'x'", ""]) + this.#lineEnd();
  }

  // SUB <subject> [queue] <sid>␍␊
  #subscribe(): string {
    return `SUB ${this.#subject()}${this.pick(["", "", ` q${this.below(3)}`])} ${this.below(4)}${this.#lineEnd()}`;
  }

  // PUB <subject> [reply-to] <#bytes>␍␊[payload]␍␊
  #publish(): string {
    const payload = this.#noise(this.#payloadSize(20));
    return `PUB ${this.#subject()}${this.#reply()} ${payload.length}${this.#lineEnd()}${payload}\r\n`;
  }

  // HPUB <subject> [reply-to] <#header bytes> <#total bytes>␍␊[headers]␍␊␍␊[payload]␍␊
  #publishWithHeaders(): string {
    const headers = this.pick(["NATS/1.0\r\n\r\n", "NATS/1.0\r\nA: b\r\n\r\n", "NATS/1.0 503\r\n\r\n", "x"]);
    const payload = this.#noise(this.#payloadSize(10));
    const sizes = `${headers.length} ${headers.length + payload.length}`;
    return `HPUB ${this.#subject()}${this.#reply()} ${sizes}${this.#lineEnd()}${headers}${payload}\r\n`;
  }

  #payloadSize(usual: number): number {
    if (this.#near === undefined || this.random() < 0.7) return this.below(usual);
    return Math.max(0, this.#near.payload - 2 + this.below(5));
  }

  #subject(): string {
    if (this.#near !== undefined && this.random() < 0.2) {
      return "a".repeat(Math.max(1, this.#near.line - 8 + this.below(12)));
    }
    return this.pick(["a", "a.b", "a.*", "a.>", ">", "*", "a.b.c", "b", "a..b", ".", "$SYS.x", "é", "a*"]);
  }

  #reply(): string {
    return this.pick(["", "", "", " r", " a.b", " _R_.x", " a.*"]);
  }

  #lineEnd(): string {
    return this.random() < 0.95 ? "\r\n" : this.pick(["\n", "\r", " \r\n", "\r\r\n", ""]);
  }

  #noise(length: number): string {
    return Array.from({ length }, () => String.fromCharCode(this.below(256))).join("");
  }

  #spoil(stream: string): string {
    const at = this.below(stream.length + 1);
    const end = Math.min(stream.length, at + 1 + this.below(6));
    const before = stream.slice(0, at);
    const middle = stream.slice(at, end);
    const after = stream.slice(end);
    switch (this.below(7)) {
      case 0:
        return before + after;
      case 1:
        return before + middle + middle + after;
      case 2:
        return before + this.#noise(1 + this.below(3)) + middle + after;
      case 3:
        return before + middle.toUpperCase() + after;
      case 4:
        return before + this.pick([" ", "\t", "\r\n", "\r", "\n", "0", "9999999999", "-1", "\0"]) + after;
      case 5:
        return before + after.slice(this.below(after.length + 1));
      default:
        return before;
    }
  }
}
