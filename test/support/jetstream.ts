import { afterAll, beforeAll } from "vitest";
import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import { type JetStream, jetstream, type JetStreamOptions } from "../../src/jetstream/index.ts";
import { type ServerAccess, type StartOptions, useServer } from "./nats-server.ts";

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
