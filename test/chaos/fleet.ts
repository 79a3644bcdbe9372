import { type RunningCluster, type RunningServer, startCluster } from "../../scripts/nats-server.mjs";
import { Door } from "./door.ts";
import { Routes } from "./routes.ts";

const SIZE = 3;

/** What a freeze still has effects on, before and after it: messages under way, and interest that is out of date. */
const FREEZE_MARGIN = 1000;

/**
 * `no_advertise`: a client knows the URLs that it was given, doors or servers, and no others; so it is known which
 * faults can reach it. Lame duck mode at its fastest: clients are closed one a second at least.
 */
const CONFIG = `
lame_duck_grace_period: "100ms"
lame_duck_duration: "30s"
`;

/** One server, the door in front of it, and what has happened to it. */
export class Place {
  readonly number: number;
  readonly server: RunningServer;
  readonly door: Door;
  readonly #routes: Routes;
  /** Counts the starts: a server that was restarted knows nothing of what it knew. */
  #starts = 1;
  #disturbedAt: number | undefined;
  /** When it was frozen, most recent last. */
  readonly #freezes: { readonly from: number; to: number }[] = [];
  /** The last fault to happen here: each waits for the one before. */
  #last: Promise<void> = Promise.resolve();

  constructor(number: number, server: RunningServer, door: Door, routes: Routes) {
    this.#routes = routes;
    this.number = number;
    this.server = server;
    this.door = door;
  }

  /** Names this run of this server. */
  get instance(): string {
    return `${this.number}.${this.#starts}`;
  }

  /** Since when the server is frozen, leaving or gone; undefined while it is well. */
  get disturbedAt(): number | undefined {
    return this.#disturbedAt;
  }

  /** Whether the server has been frozen since then, or was just before: what was sent then may have been stalled since. */
  wasFrozenSince(time: number): boolean {
    return this.#freezes.some(({ to }) => time < to + FREEZE_MARGIN);
  }

  /** Since when it is frozen, or was until just before `time`. */
  frozenSince(time: number): number | undefined {
    const last = this.#freezes.at(-1);
    return last !== undefined && time < last.to + FREEZE_MARGIN ? last.from : undefined;
  }

  async freeze(): Promise<void> {
    this.#disturbedAt = performance.now();
    this.#freezes.push({ from: this.#disturbedAt, to: Infinity });
    if (this.#freezes.length > 16) this.#freezes.shift();
    await this.server.freeze();
  }

  thaw(): void {
    this.server.thaw();
    this.#disturbedAt = undefined;
    this.#freezes.at(-1)!.to = performance.now();
  }

  async kill(): Promise<void> {
    this.#disturbedAt ??= performance.now();
    this.#routes.onChange();
    await this.server.kill();
  }

  lameDuck(): void {
    this.#disturbedAt = performance.now();
    this.#routes.onChange();
    this.server.lameDuck();
  }

  /** Starts the server again, as another instance from now on. */
  async restart(): Promise<void> {
    this.#starts++;
    await this.server.restart();
    this.#routes.onChange();
    this.#disturbedAt = undefined;
  }

  /** Does one thing after the other; resolves when `work` is done. */
  inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** A cluster with a door in front of each server. */
export class Fleet {
  readonly places: readonly Place[];
  readonly routes: Routes;
  readonly #cluster: RunningCluster;

  private constructor(cluster: RunningCluster, doors: readonly Door[]) {
    this.#cluster = cluster;
    this.routes = new Routes(cluster.servers);
    this.places = cluster.servers.map(
      (server, index) => new Place(index + 1, server, doors[index]!, this.routes),
    );
  }

  static async start(log: (line: string) => void, { jetstream = false } = {}): Promise<Fleet> {
    const cluster = await startCluster(SIZE, {
      name: "chaos",
      args: ["--no_advertise"],
      config: CONFIG,
      jetstream,
      log,
    });
    const doors = await Promise.all(cluster.servers.map(({ port }) => Door.open(port)));
    const fleet = new Fleet(cluster, doors);
    await fleet.routes.watch();
    return fleet;
  }

  /** The place that a URL leads to, through its door or not. */
  placeOf(url: string): Place {
    const port = Number(new URL(url).port);
    const place = this.places.find(({ server, door }) => server.port === port || door.port === port);
    if (place === undefined) throw new Error(`no server is at ${url}`);
    return place;
  }

  /**
   * Since when something may be lost of what a server has taken that is now leaving, or gone; undefined while it is well. A server
   * that is frozen meanwhile has not read all that came from there, and gives it up once it notices that the other is gone:
   * `excuses/two-ways.test.ts` shows it without natspeed.
   */
  losesSince({ disturbedAt }: Place): number | undefined {
    if (disturbedAt === undefined) return undefined;
    return Math.min(disturbedAt, ...this.places.flatMap((place) => place.frozenSince(disturbedAt) ?? []));
  }

  async stop(): Promise<void> {
    await this.routes.stop();
    await Promise.all(this.places.map(({ door }) => door.close()));
    await this.#cluster.stop();
  }
}
