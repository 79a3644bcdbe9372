import type { Message, Subscription } from "natspeed";
import type { Client } from "./client.ts";
import type { Fleet } from "./fleet.ts";
import type { Invariants } from "./invariants.ts";
import type { Moments } from "./moments.ts";
import { Order } from "./order.ts";
import { readPayload, subjectOf } from "./payload.ts";
import type { Publisher } from "./publisher.ts";
import { read, type Reading, type Way } from "./reading.ts";
import { Receipts } from "./receipts.ts";
import { SUBJECTS } from "./send-log.ts";
import type { Ticks } from "./ticks.ts";

/** What a receiver or a group has got of one publisher's subject. */
export interface Stream {
  readonly publisher: Publisher;
  readonly receipts: Receipts;
}

/** The streams that match a pattern such as `chaos.>`, `chaos.p1.*` or `work.*.2`, and when their receiver moves, if it is alone. */
export function streamsOf(
  receiver: string,
  pattern: string,
  publishers: readonly Publisher[],
  invariants: Invariants,
  moves?: Moments,
): Map<string, Stream> {
  const streams = new Map<string, Stream>();
  for (const publisher of publishers) {
    for (let subject = 0; subject < SUBJECTS; subject++) {
      const name = subjectOf(publisher.name, subject);
      if (!matches(pattern, name)) continue;
      const receipts = new Receipts(receiver, publisher.log, subject, invariants, moves);
      streams.set(name, { publisher, receipts });
    }
  }
  return streams;
}

function matches(pattern: string, subject: string): boolean {
  const tokens = subject.split(".");
  return pattern.split(".").every((token, at) => token === ">" || token === "*" || token === tokens[at]);
}

/** One subscription: what it may get, in which order, and what it has got. */
export class Receiver {
  readonly name: string;
  readonly #publishers: ReadonlyMap<string, Publisher>;
  readonly #ticks: Ticks;
  readonly #fleet: Fleet;
  readonly #invariants: Invariants;
  readonly #orders = new Map<string, Order>();
  /** Since its link is up: by which tick a message came that was sent through this run of a server. */
  readonly #proven = new Map<string, number>();
  /** When its last link was gone. */
  #leftAt = 0;
  readonly #streams: ReadonlyMap<string, Stream>;
  /** When members of its queue group lost their links. */
  readonly #losses: Moments | undefined;
  #reading: Reading | undefined;

  /** With `losses` it is a member of a queue group, and `streams` are the group's. */
  constructor(
    name: string,
    publishers: readonly Publisher[],
    streams: ReadonlyMap<string, Stream>,
    losses: Moments | undefined,
    surroundings: {
      readonly ticks: Ticks;
      readonly fleet: Fleet;
      readonly invariants: Invariants;
    },
  ) {
    this.name = name;
    this.#publishers = new Map(publishers.map((publisher) => [publisher.name, publisher]));
    this.#streams = streams;
    this.#losses = losses;
    this.#ticks = surroundings.ticks;
    this.#fleet = surroundings.fleet;
    this.#invariants = surroundings.invariants;
  }

  start(client: Client, pattern: string, way: Way, queue: string | undefined): void {
    const options = queue === undefined ? {} : { queue };
    this.#reading = read(client.nc, pattern, way, options, (m) => this.take(m));
    this.#reading.done.then(undefined, (error: unknown) =>
      this.#invariants.broken("no unhandled error", `${this.name}: reading failed: ${String(error)}`),
    );
  }

  get subscription(): Subscription {
    return this.#reading!.subscription;
  }

  /** Settles when the last message has been read. */
  get done(): Promise<unknown> {
    return this.#reading!.done;
  }

  /** What is sent from now on has to find its way anew. */
  onOtherLink(): void {
    this.#proven.clear();
    this.#leftAt = this.#ticks.next();
    for (const order of this.#orders.values()) order.onOtherLink(this.#leftAt);
  }

  review(now: number): void {
    for (const order of this.#orders.values()) order.review(now);
  }

  take(m: Message): void {
    const read = readPayload(m.subject, m.string());
    const publisher = read && this.#publishers.get(read.publisher);
    const stream = this.#streams.get(m.subject);
    if (read === undefined || publisher === undefined || stream === undefined) {
      this.#invariants.broken("content", `${this.name} got ${m.size} damaged bytes on ${m.subject}`);
      return;
    }
    const { g } = read;
    const number = m.headers?.get("Chaos-Number");
    if (number !== undefined && number !== String(g)) {
      this.#invariants.broken("content", `${this.name} got ${m.subject} ${g} with the header of ${number}`);
    }
    const isNew = stream.receipts.take(g, this.#losses !== undefined ? undefined : this.#provenAt);
    if (isNew) this.#orderOf(m.subject, publisher).take(g);
    const { instances } = publisher.log.epochOf(g);
    if (instances.length === 1) this.#prove(instances[0]!, publisher, g);
  }

  /**
   * A server that finds the member gone that a message was for sends it on to another server, where a member has got later ones:
   * `excuses/two-ways.test.ts` shows it without natspeed.
   */
  readonly #mayComeLate = (sentAt: number): boolean =>
    this.#losses !== undefined &&
    (this.#losses.areSince(sentAt) || this.#fleet.places.some((place) => place.wasFrozenSince(sentAt)));

  readonly #provenAt = (instance: string): number | undefined => this.#proven.get(instance);

  /** A way through routes that are still changing proves nothing about the next message. */
  #prove(instance: string, { log }: Publisher, g: number): void {
    if (this.#proven.has(instance) || !this.#fleet.routes.isWhole) return;
    // What waited in the client may have come by the link of before.
    if (log.isPublishedAfter(g, this.#leftAt)) this.#proven.set(instance, this.#ticks.next());
  }

  #orderOf(subject: string, publisher: Publisher): Order {
    const known = this.#orders.get(subject);
    if (known !== undefined) return known;
    const order = new Order(this.name, publisher.log, this.#invariants, {
      mayComeLate: this.#mayComeLate,
      overlaps: this.#losses !== undefined,
    });
    this.#orders.set(subject, order);
    return order;
  }
}
