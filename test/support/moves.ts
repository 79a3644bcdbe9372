import { expect } from "vitest";
import { type Connection, connect, type Subscription } from "../../src/index.ts";
import { eventually } from "./eventually.ts";
import { type RunningCluster, withCluster } from "./nats-server.ts";
import { Proxy } from "./proxy.ts";

/** Publishes numbers without a pause until it is stopped; the numbers are those published. */
export function publishSteadily(nc: Connection, subject: string): { stop: () => Promise<number> } {
  let count = 0;
  const stopped = new AbortController();
  const running = (async () => {
    while (!stopped.signal.aborted) {
      nc.publish(subject, String(count++));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return count;
  })();
  return {
    stop: () => {
      stopped.abort();
      return running;
    },
  };
}

/** Waits until what is published by one comes to the other: the routes of a young cluster settle in their own time. */
export async function hears(receiver: Connection, publisher: Connection): Promise<void> {
  const subject = receiver.newInbox();
  const sub = receiver.subscribe(subject, { max: 1 });
  const timer = setInterval(() => publisher.publish(subject), 10);
  await sub.next().finally(() => clearInterval(timer));
}

/** A move that has come as far as to hold publishing back, for the old server seems not to answer. */
export interface Halfway {
  /** What moves; it subscribes to `in`, and to `work` as a member of the group `workers`. */
  readonly nc: Connection;
  /** A connection to the server moved to. */
  readonly other: Connection;
  readonly old: Proxy;
  readonly next: Proxy;
  readonly cluster: RunningCluster;
  readonly moving: Promise<void>;
  /** What has come for `in`. */
  readonly received: string[];
  /** The member of the group, and what it has got. */
  readonly worker: Subscription;
  readonly done: string[];
}

/** Runs `body` when a move has come so far; `old.resume()` lets it go on. */
export async function halfway(body: (half: Halfway) => Promise<void>): Promise<void> {
  await withCluster(2, {}, async (cluster) => {
    const [first, second] = cluster.servers;
    await using old = await Proxy.start(first!.port);
    await using next = await Proxy.start(second!.port);
    await using other = await connect(second!.url);
    await using nc = await connect({
      servers: [old.url, next.url],
      randomize: false,
      discoverServers: false,
      timeout: 15_000,
    });
    const received: string[] = [];
    nc.subscribe("in", { callback: (m) => void received.push(m.string()) });
    const done: string[] = [];
    const worker = nc.subscribe("work", { queue: "workers", callback: (m) => void done.push(m.string()) });
    await nc.flush();
    await hears(nc, other);
    await hears(other, nc);
    // The old server says that it is level with the client, but not that it has ended everything.
    old.garble((chunk, direction) => {
      if (direction === "up" && Buffer.from(chunk).includes("UNSUB")) {
        old.stall("down");
        old.garble(undefined);
      }
      return chunk;
    });
    const moving = nc.reconnect();
    moving.catch(() => undefined);
    await eventually(() => expect(old.recordedUp.toString()).toMatch(/UNSUB \d+\r\nPING\r\n$/));
    await body({ nc, other, old, next, cluster, moving, received, worker, done });
  });
}
