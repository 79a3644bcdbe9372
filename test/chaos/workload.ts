import { setMaxListeners } from "node:events";
import type { ConnectOptions } from "natspeed";
import { Client, type ClientListener } from "./client.ts";
import type { Fleet } from "./fleet.ts";
import type { Invariants } from "./invariants.ts";
import { LimitedReceiver } from "./limited-receiver.ts";
import { Moments } from "./moments.ts";
import { Publisher } from "./publisher.ts";
import type { Random } from "./random.ts";
import { WAYS } from "./reading.ts";
import { Receiver, type Stream, streamsOf } from "./receiver.ts";
import { Requester } from "./requester.ts";
import { Handled, respond, SERVICE } from "./responder.ts";
import { Ticks } from "./ticks.ts";

/** What publishers with a choice of servers do without a link; the first waits for room before it publishes. */
const POLICIES: readonly Partial<ConnectOptions>[] = [
  {},
  { whileDisconnected: "throw" },
  { whileDisconnected: "drop" },
  { reconnectBufferSize: 16 * 1024 },
];

const PATTERNS = ["chaos.>", "chaos.*.*", "chaos.*.1", "chaos.p4.*"] as const;

/** Queue groups, each with a member on every second receiver's connection. */
const GROUPS = [
  { name: "all", pattern: "work.>" },
  { name: "half", pattern: "work.*.3" },
] as const;

/** Everything that uses natspeed while faults happen. */
export class Workload {
  readonly clients: Client[];
  readonly publishers: Publisher[] = [];
  readonly receivers: Receiver[] = [];
  readonly requesters: Requester[] = [];
  readonly limited: LimitedReceiver;
  /** What each subscription alone, or each queue group as a whole, has got. */
  readonly deliveries = new Map<string, ReadonlyMap<string, Stream>>();
  /** By client: the subjects that servers should know of. */
  readonly interest = new Map<string, string[]>();
  /** Given to requests, none of which may leave a listener on it. */
  readonly signal: AbortSignal = new AbortController().signal;
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #invariants: Invariants;
  readonly #ticks = new Ticks();
  readonly #calm: () => object | undefined;
  readonly #onTrouble: () => void;
  readonly #note: (line: string) => void;

  constructor(
    fleet: Fleet,
    random: Random,
    invariants: Invariants,
    clients: Client[],
    surroundings: {
      readonly calm: () => object | undefined;
      readonly onTrouble: () => void;
      readonly note: (line: string) => void;
    },
  ) {
    this.#fleet = fleet;
    this.#random = random;
    this.#invariants = invariants;
    this.clients = clients;
    this.#calm = surroundings.calm;
    this.#onTrouble = surroundings.onTrouble;
    this.#note = surroundings.note;
    this.limited = new LimitedReceiver("l1", random.fork("l1"), invariants);
    setMaxListeners(0, this.signal);
  }

  /** Connects everyone, receivers before publishers, and begins. */
  async start(): Promise<void> {
    const begin = await this.#openPublishers();
    await this.#startReceivers();
    const limited = await this.#open("l1", { servers: this.#anyServers() });
    await this.#startService();
    begin();
    this.limited.start(limited, this.publishers);
  }

  /** Ends what makes new messages; subscriptions stay. */
  async stop(): Promise<void> {
    await Promise.all(this.requesters.map((requester) => requester.stop()));
    await this.limited.stop();
    await Promise.all(this.publishers.map((publisher) => publisher.stop()));
  }

  /** The first are each bound to one server, the others go where they can. */
  async #openPublishers(): Promise<() => void> {
    const bound = this.#fleet.places.map(({ server }) => ({ servers: [server.url] }));
    const roaming = POLICIES.map((policy) => ({ ...policy, servers: this.#doors() }));
    const begins: (() => void)[] = [];
    for (const [index, options] of [...bound, ...roaming].entries()) {
      const name = `p${index + 1}`;
      const publisher = new Publisher(
        name,
        this.#random.fork(name),
        this.#ticks,
        this.#fleet,
        this.#invariants,
      );
      const client = await this.#open(name, options, publisher.listener);
      publisher.attach(client);
      this.publishers.push(publisher);
      begins.push(() => publisher.start(index <= bound.length));
    }
    return () => begins.forEach((begin) => begin());
  }

  async #startReceivers(): Promise<void> {
    const surroundings = {
      ticks: this.#ticks,
      fleet: this.#fleet,
      invariants: this.#invariants,
    };
    const losses = GROUPS.map(() => new Moments());
    for (const { name, pattern } of GROUPS) {
      this.deliveries.set(name, streamsOf(`group ${name}`, pattern, this.publishers, this.#invariants));
    }
    for (const [index, way] of this.#random.shuffle(WAYS).entries()) {
      const name = `c${index + 1}`;
      const own: Receiver[] = [];
      const group = GROUPS[index % GROUPS.length]!;
      const lossesOfGroup = losses[index % GROUPS.length]!;
      const moves = new Moments();
      const onOtherLink = (): void => own.forEach((receiver) => receiver.onOtherLink());
      const onDisconnected = (): void => {
        lossesOfGroup.note();
        onOtherLink();
      };
      const onMoved = (): void => {
        moves.note();
        onOtherLink();
      };
      const listener = { onDisconnected, onMoved };
      const client = await this.#open(name, { servers: this.#anyServers() }, listener);
      const pattern = index < 2 ? "chaos.>" : this.#random.pick(PATTERNS);
      const streams = streamsOf(`${name} (${way})`, pattern, this.publishers, this.#invariants, moves);
      this.deliveries.set(name, streams);
      const alone = new Receiver(`${name} (${way})`, this.publishers, streams, undefined, surroundings);
      alone.start(client, pattern, way, undefined);
      const member = new Receiver(
        `${name} of ${group.name}`,
        this.publishers,
        this.deliveries.get(group.name)!,
        lossesOfGroup,
        surroundings,
      );
      member.start(client, group.pattern, this.#random.pick(WAYS), group.name);
      own.push(alone, member);
      this.receivers.push(alone, member);
      this.interest.set(name, [pattern, group.pattern]);
    }
  }

  async #startService(): Promise<void> {
    const handled = new Handled(this.#invariants);
    for (const name of ["r1", "r2"]) {
      const client = await this.#open(name, { servers: this.#anyServers() });
      respond(client, this.#random.fork(name), handled);
      this.interest.set(name, [SERVICE]);
    }
    const kinds = [{}, { onDisconnect: "wait" }, { ownInbox: true, signal: this.signal }] as const;
    for (const [index, options] of kinds.entries()) {
      const name = `q${index + 1}`;
      const client = await this.#open(name, { servers: this.#anyServers() });
      const random = this.#random.fork(name);
      const requester = new Requester(name, options, this.#calm, random, this.#invariants);
      requester.start(client);
      this.requesters.push(requester);
      // The inbox that all its requests share.
      this.interest.set(name, "ownInbox" in options ? [] : ["_INBOX"]);
    }
  }

  async #open(name: string, options: ConnectOptions, listener: ClientListener = {}): Promise<Client> {
    const client = await Client.open({ ...options, name }, this.#fleet, this.#invariants, {
      ...listener,
      note: this.#note,
      onDisconnected: (place) => {
        this.#onTrouble();
        listener.onDisconnected?.(place);
      },
      onMoved: (place) => {
        this.#onTrouble();
        listener.onMoved?.(place);
      },
    });
    this.clients.push(client);
    this.interest.set(name, this.interest.get(name) ?? []);
    return client;
  }

  /** All servers, each through its door or directly: faults of links reach some clients and not others. */
  #anyServers(): string[] {
    const isDirect = this.#random.chance(0.3);
    return isDirect ? this.#fleet.places.map(({ server }) => server.url) : this.#doors();
  }

  #doors(): string[] {
    return this.#fleet.places.map(({ door }) => door.url);
  }
}
