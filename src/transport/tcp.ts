import { Socket, type SocketConstructorOpts } from "node:net";
import { versions } from "node:process";
import { ConnectionError } from "../core/errors.ts";
import type { DialContext, ServerAddress, Transport } from "../core/transport.ts";
import { connectAny, type WithSocket } from "./connect-any.ts";
import { Inbound } from "./inbound.ts";
import { lookUp } from "./look-up.ts";
import { ReadBuffer } from "./read-buffer.ts";
import { SocketTransport } from "./socket-transport.ts";

/** Dials over TCP, all addresses of a name; and does the TLS handshake, if that is to come before INFO. */
export async function dialTcp(address: ServerAddress, context: DialContext): Promise<Transport> {
  const staysUpgradable = MUST_STAY_UPGRADABLE || expectsTls(address, context);
  const newSocket = staysUpgradable ? newUpgradableSocket : newReadingSocket;
  const { socket, inbound } = await connectTcp(address, context, newSocket);
  const transport = new SocketTransport(socket, inbound, address);
  return context.tls?.handshakeFirst === true ? await transport.startTls(context) : transport;
}

/** Connects a socket to any address of a name. Rejects with what went wrong, and then leaves nothing open. */
export async function connectTcp<T extends WithSocket>(
  address: ServerAddress,
  context: DialContext,
  newSocket: () => T,
): Promise<T> {
  const { signal, localAddress, timeout } = context;
  signal.throwIfAborted();
  const addresses = await lookUp(address, context);
  context.enterPhase("tcp");
  const target = { newSocket, addresses, port: address.port, localAddress, timeout };
  return await connectAny(target, signal).catch((thrown: unknown): T => {
    throw thrown instanceof AggregateError ? dialError(thrown, address) : thrown;
  });
}

/**
 * Deno 2.9 can't do TLS over a socket that reads by `onread`, and any server may ask for TLS in its INFO, when the socket
 * is there already. What `onread` saves was measured on Node; that a server is reached at all comes first.
 */
const MUST_STAY_UPGRADABLE = versions["deno"] !== undefined;

/** Whether TLS is more than a possibility. */
function expectsTls({ scheme }: ServerAddress, { tls = {} }: DialContext): boolean {
  return scheme === "tls" || Object.keys(tls).length > 0;
}

/** Reads as streams do, so that TLS can take it over on every runtime. */
function newUpgradableSocket(): { socket: Socket; inbound: Inbound } {
  const inbound = new Inbound();
  // One byte, as below.
  const options = { writableHighWaterMark: 1 } as SocketConstructorOpts;
  const socket = new Socket(options).setNoDelay();
  socket.on("data", (chunk: Uint8Array) => inbound.push(chunk));
  return { socket, inbound };
}

function newReadingSocket(): { socket: Socket; inbound: Inbound } {
  const inbound = new Inbound();
  return { socket: new Socket(socketOptions(inbound)), inbound };
}

function socketOptions(inbound: Inbound): SocketConstructorOpts {
  const memory = new ReadBuffer();
  const options = {
    noDelay: true,
    // One byte makes every write that can't leave at once end with a drain event.
    writableHighWaterMark: 1,
    // Reading into one buffer and past the stream's queue costs a tenth less CPU a read (measured on Node 20).
    onread: {
      buffer: () => memory.next(),
      callback: (length: number, buffer: Uint8Array) => {
        memory.onRead(inbound.pushLent(buffer.subarray(0, length)));
        return true;
      },
    },
  };
  return options as SocketConstructorOpts;
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
