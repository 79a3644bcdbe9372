import type { DialContext, ServerAddress, Transport } from "../../src/core/transport.ts";
import { dialTcp as dialOverTcp } from "../../src/transport/tcp.ts";
import { memoryServers } from "./memory-servers.ts";

/**
 * Stands in the place of the dialler for TCP in the vitest project `memory`: a server within this process is reached in
 * memory, whatever else listens (a proxy, a scripted peer) over TCP.
 */
export async function dialTcp(address: ServerAddress, context: DialContext): Promise<Transport> {
  const server = memoryServers.get(address.port);
  return server === undefined
    ? await dialOverTcp(address, context)
    : await server.inMemory.dial(address, context);
}
