import type { NatsServer } from "../../src/server/index.ts";

/** The servers within this process, by the ports at which they listen as well. */
export const memoryServers: Map<number, NatsServer> = new Map();
