import { ConnectionError } from "../core/errors.ts";
import type { DialContext, ServerAddress, Transport } from "../core/transport.ts";
import { connectAny, type Connected } from "./connect-any.ts";
import { lookUp } from "./look-up.ts";
import { SocketTransport } from "./socket-transport.ts";

/** Dials over TCP, all addresses of a name; and does the TLS handshake, if that is to come before INFO (TLS-04). */
export async function dialTcp(address: ServerAddress, context: DialContext): Promise<Transport> {
  const transport = await connectTo(address, context);
  return context.tls?.handshakeFirst === true ? await transport.startTls(context) : transport;
}

async function connectTo(address: ServerAddress, context: DialContext): Promise<SocketTransport> {
  const { signal, localAddress } = context;
  signal.throwIfAborted();
  const addresses = await lookUp(address, context);
  context.enterPhase("tcp");
  const { socket, inbound } = await connectAny({ addresses, port: address.port, localAddress }, signal).catch(
    (thrown: unknown): Connected => {
      throw thrown instanceof AggregateError ? dialError(thrown, address) : thrown;
    },
  );
  return new SocketTransport(socket, inbound, address, false);
}

/** One error for all addresses; a refusal says more than silence or a missing route. */
function dialError(failed: AggregateError, { host, port }: ServerAddress): ConnectionError {
  const errors = failed.errors as NodeJS.ErrnoException[];
  const facts = { cause: errors.length === 1 ? errors[0] : failed, phase: "tcp" } as const;
  if (errors.some(({ code }) => code === "ECONNREFUSED")) {
    return new ConnectionError("CONNECTION_REFUSED", `${host}:${port} refuses connections`, facts);
  }
  const reasons = errors.map(({ message, code }) => message || code).join("; ");
  return new ConnectionError("DIAL_FAILED", `can't reach ${host}:${port}: ${reasons}`, facts);
}
