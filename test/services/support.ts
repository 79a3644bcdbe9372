import { afterAll, afterEach, beforeAll } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import {
  type Service,
  type ServiceConfig,
  type ServiceEvent,
  services,
  type Services,
} from "../../src/services/index.ts";
import { useServer } from "../support/nats-server.ts";

let made = 0;

/** A name or subject that no other test of this process has. */
export function unique(name: string): string {
  made += 1;
  return `${name}_${made}`;
}

export interface ServicesAccess {
  readonly url: string;
  /** Whose services they are. */
  readonly nc: Connection;
  /** Who calls them. */
  readonly caller: Connection;
  /** Of the caller. */
  readonly found: Services;
  /** A service of the first connection, which is stopped after the test. */
  add(config?: Partial<ServiceConfig>): Promise<Service>;
  /** Resolves when the server knows all endpoints, and all requests so far have come to them. */
  settled(): Promise<void>;
  /** A further connection, which is closed after the test. */
  connect(): Promise<Connection>;
}

/** A real server and two connections to it, for the tests of this file. */
export function useServices(): ServicesAccess {
  const server = useServer();
  let nc: Connection;
  let caller: Connection;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    nc = await connect({ servers: server.url, warnings: false });
    caller = await connect({ servers: server.url, warnings: false });
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  afterAll(async () => {
    await nc.close();
    await caller.close();
  });
  return {
    get url() {
      return server.url;
    },
    get nc() {
      return nc;
    },
    get caller() {
      return caller;
    },
    get found() {
      return services(caller);
    },
    async add(config = {}) {
      const service = await services(nc).add({ name: unique("service"), version: "1.0.0", ...config });
      ends.push(() => service.stop({ timeout: 0 }));
      return service;
    },
    async settled() {
      await caller.flush();
      await nc.flush();
    },
    async connect() {
      const made = await connect({ servers: server.url, warnings: false });
      ends.push(() => made.close());
      return made;
    },
  };
}

/** The next event of a type. */
export function nextEvent<K extends ServiceEvent["type"]>(
  service: Service,
  type: K,
): Promise<Extract<ServiceEvent, { readonly type: K }>> {
  return new Promise((resolve) => {
    const off = service.on(type, (event) => {
      off();
      resolve(event);
    });
  });
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
