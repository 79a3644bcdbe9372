import { afterAll, beforeAll } from "vitest";
import { freePorts } from "../../scripts/nats-server/free-port.mjs";
import { connect, type Connection } from "../../src/index.ts";
import { jetstream } from "../../src/jetstream/index.ts";
import { eventually } from "./eventually.ts";
import { type RunningServer, startServer } from "./nats-server.ts";

/** A connection to a leaf node in the domain `leaf`; the domain `hub` is behind it. */
export interface LeafAccess {
  readonly nc: Connection;
  readonly hub: RunningServer;
}

/** Two servers with JetStream, each a domain, for the tests of a block. */
export function useLeaf(): LeafAccess {
  let hub: RunningServer | undefined;
  let leaf: RunningServer | undefined;
  let nc: Connection | undefined;

  beforeAll(async () => {
    const [port] = await freePorts(1);
    const listen = `leafnodes { listen: "127.0.0.1:${port}" }`;
    const remote = `leafnodes { remotes: [{ url: "nats-leaf://127.0.0.1:${port}" }], reconnect: "100ms" }`;
    hub = await startServer({
      jetstream: true,
      name: "hub",
      config: `jetstream { domain: hub }\n${listen}\n`,
    });
    leaf = await startServer({
      jetstream: true,
      name: "leaf",
      config: `jetstream { domain: leaf }\n${remote}\n`,
    });
    const connection = await connect(leaf.url);
    nc = connection;
    await eventually(() => jetstream(connection, { domain: "hub" }).accountInfo());
  });

  afterAll(async () => {
    await nc?.close();
    await Promise.all([leaf?.stop(), hub?.stop()]);
  });

  return {
    get nc() {
      return nc!;
    },
    get hub() {
      return hub!;
    },
  };
}
