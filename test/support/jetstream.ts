import { afterAll, beforeAll } from "vitest";
import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import { type JetStream, jetstream, type JetStreamOptions } from "../../src/jetstream/index.ts";
import {
  type RunningCluster,
  type ServerAccess,
  type StartOptions,
  useServer,
  withCluster,
} from "./nats-server.ts";

export interface JetStreamAccess extends ServerAccess {
  readonly nc: Connection;
  readonly js: JetStream;
}

let made = 0;

/** A name for a stream, consumer or subject that no other test of this process has. */
export function unique(name: string): string {
  made += 1;
  return `${name}_${made}`;
}

/** A real server with JetStream and a connection to it, for the tests of this file or `describe` block. */
export function useJetStream(
  options: StartOptions & { readonly connect?: ConnectOptions; readonly context?: JetStreamOptions } = {},
): JetStreamAccess {
  const { connect: connectOptions, context, ...start } = options;
  const access = useServer({ jetstream: true, ...start });
  let nc: Connection | undefined;
  beforeAll(async () => {
    nc = await connect({ servers: access.url, ...connectOptions });
  });
  afterAll(() => nc?.close());
  const connected = (): Connection => {
    if (nc === undefined) throw new Error("the connection is made in beforeAll(): not before a test");
    return nc;
  };
  return {
    get url() {
      return access.url;
    },
    get server() {
      return access.server;
    },
    get nc() {
      return connected();
    },
    get js() {
      return jetstream(connected(), context);
    },
  };
}

/** Three real servers with JetStream, for the tests of this file: they take some seconds to find together. */
export function useCluster(): { readonly cluster: RunningCluster } {
  let cluster: RunningCluster | undefined;
  let stop: (() => void) | undefined;
  let stopped: Promise<void> | undefined;
  beforeAll(async () => {
    cluster = await new Promise<RunningCluster>((resolve, reject) => {
      stopped = withCluster(3, { jetstream: true }, (running) => {
        resolve(running);
        return new Promise<void>((end) => (stop = end));
      });
      stopped.catch(reject);
    });
  }, 120_000);
  afterAll(async () => {
    stop?.();
    await stopped;
  }, 60_000);
  return {
    get cluster() {
      if (cluster === undefined) throw new Error("the cluster starts in beforeAll(): not before a test");
      return cluster;
    },
  };
}
