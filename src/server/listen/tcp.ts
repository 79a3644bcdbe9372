import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { OpenDoor } from "../doors.ts";
import type { Link } from "../link.ts";
import { SocketLink } from "./socket-link.ts";
import type { TlsTerms } from "./tls-terms.ts";

/** Where to listen, and how. */
export interface TcpDoor {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsTerms | undefined;
}

/** Listens over TCP; `accept` takes each client, with the port that it came in by. */
export async function listenTcp(
  { host, port: wanted, tls }: TcpDoor,
  accept: (link: Link, port: number) => void,
): Promise<OpenDoor> {
  // Who says nothing more may still listen; TLS knows no such thing.
  const server = createServer({ noDelay: true, allowHalfOpen: tls === undefined });
  server.listen({ host, port: wanted });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.on("connection", (socket) => accept(new SocketLink(socket, tls), port));
  const scheme = tls === undefined ? "nats" : "tls";
  return {
    url: `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
