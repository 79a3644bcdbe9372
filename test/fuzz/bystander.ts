import { expect } from "vitest";
import { Peer } from "../conformance/peer.ts";
import { connect } from "../conformance/scenario.ts";

interface Interest {
  readonly user: string;
  readonly subscription: string;
  readonly subject: string;
}

/** A client that talks to itself, and must hear nothing else. */
export class Bystander {
  readonly #peer: Peer;
  readonly #subject: string;
  #heard = 0;

  private constructor(peer: Peer, subject: string) {
    this.#peer = peer;
    this.#subject = subject;
  }

  static async join(port: number, { user, subscription, subject }: Interest): Promise<Bystander> {
    const peer = await Peer.open(port);
    await peer.until("\r\n");
    peer.send(`${connect({ user, pass: "x" })}SUB ${subscription} 1\r\n`);
    await peer.sync();
    const bystander = new Bystander(peer, subject);
    bystander.#news();
    return bystander;
  }

  /** Says a word to itself, and looks at all that has come since the last time. */
  async check(word: string): Promise<void> {
    this.#peer.send(`PUB ${this.#subject} ${word.length}\r\n${word}\r\n`);
    await this.#peer.sync();
    expect(this.#news()).toEqual([`MSG ${this.#subject} 1 ${word.length}`, word]);
  }

  leave(): void {
    this.#peer.destroy();
  }

  #news(): string[] {
    const { received } = this.#peer;
    const news = received.slice(this.#heard).split("\r\n");
    this.#heard = received.length;
    return news.filter((line) => line !== "" && line !== "PING" && line !== "PONG");
  }
}
