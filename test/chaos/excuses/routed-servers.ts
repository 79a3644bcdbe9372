import { type RunningServer, startServer } from "../../../scripts/nats-server.mjs";
import { eventually } from "../../support/eventually.ts";
import { Proxy } from "../../support/proxy.ts";
import { RawClient } from "../../support/raw-client.ts";
import { refusedPort } from "../../support/refused-port.ts";

/**
 * A cluster of three whose first two servers hear of each other through a proxy only; the third has a route to each.
 * Nobody here is natspeed: servers, a proxy, and sockets.
 */
export class RoutedServers {
  readonly first: RunningServer;
  readonly second: RunningServer;
  readonly third: RunningServer;
  /** The way between the first and the second. */
  readonly between: Proxy;
  readonly #clients: RawClient[] = [];

  private constructor(servers: readonly [RunningServer, RunningServer, RunningServer], between: Proxy) {
    [this.first, this.second, this.third] = servers;
    this.between = between;
  }

  static async start(): Promise<RoutedServers> {
    // What servers tell each other of third ones leads nowhere, or they would find a way around the proxy.
    const elsewhere = `127.0.0.1:${await refusedPort()}`;
    const start = (name: string, routes: readonly number[]): Promise<RunningServer> =>
      startServer({ name, config: clusterOf(elsewhere, routes) });
    const third = await start("third", []);
    const second = await start("second", [routePortOf(third)]);
    const between = await Proxy.start(routePortOf(second));
    const first = await start("first", [between.port, routePortOf(third)]);
    return new RoutedServers([first, second, third], between);
  }

  async stop(): Promise<void> {
    this.between.resume();
    for (const client of this.#clients) client.destroy();
    await Promise.all([this.first.stop(), this.second.stop(), this.third.stop()]);
    await this.between.stop();
  }

  /** A socket that has said who it is, and what it wants to have. */
  async dial({ port }: RunningServer, name: string, subscriptions = ""): Promise<RawClient> {
    const client = await RawClient.connect(port);
    this.#clients.push(client);
    await client.until("PONG", `CONNECT {"verbose":false,"name":"${name}"}\r\n${subscriptions}PING\r\n`);
    return client;
  }

  /**
   * Resolves when a server knows that another one wants this subject, and all that its clients had subscribed to before: servers pass
   * that on in order.
   */
  async knows(server: RunningServer, name: Name, subject: string): Promise<void> {
    await eventually(async () => {
      const known = (await routesOf(server, name)).flatMap(
        ({ subscriptions_list = [] }) => subscriptions_list,
      );
      if (!known.includes(subject)) throw new Error(`${name}'s ${subject} is not known`);
    });
  }

  /** Resolves when a server has given up what connects it to another one. */
  async hasLost(server: RunningServer, name: Name): Promise<void> {
    await eventually(async () => {
      if ((await routesOf(server, name)).length > 0) throw new Error(`there is a route to ${name}`);
    });
  }
}

type Name = "first" | "second" | "third";

async function routesOf(server: RunningServer, name: Name): Promise<Route[]> {
  const { routes = [] } = (await server.monitor("/routez?subs=1")) as { routes?: Route[] };
  return routes.filter(({ remote_name }) => remote_name === name);
}

interface Route {
  readonly remote_name: string;
  readonly subscriptions_list?: readonly string[];
}

function clusterOf(advertise: string, routes: readonly number[]): string {
  const urls = routes.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
  return `cluster { name: routed, listen: "127.0.0.1:-1", advertise: "${advertise}", routes: [${urls}] }\n`;
}

function routePortOf({ ports }: RunningServer): number {
  return Number(new URL(ports.cluster![0]!).port);
}
