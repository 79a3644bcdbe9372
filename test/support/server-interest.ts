import type { Connection } from "../../src/index.ts";
import type { RunningServer } from "./nats-server.ts";

/** What a server knows of one subscription. */
export interface ServerInterest {
  readonly subject: string;
  readonly sid: string;
  readonly qgroup?: string;
  /** Messages that it has sent. */
  readonly msgs: number;
  /** After how many it ends the subscription. */
  readonly max?: number;
}

interface Connz {
  connections: { cid: number; name?: string; subscriptions_list_detail?: ServerInterest[] }[];
}

/** The names of the clients that are connected; whoever gave none (such as a look at the port) is left out. */
export async function clientNamesAt(server: RunningServer): Promise<string[]> {
  const { connections } = (await server.monitor("/connz")) as unknown as Connz;
  return connections.flatMap(({ name }) => (name === undefined ? [] : [name]));
}

/**
 * The subscriptions that the server has of this connection; undefined if it doesn't know the connection.
 * The round trip first is a barrier: the monitor's answer may else come before the last UNSUB was read.
 */
export async function interestAt(
  server: RunningServer,
  nc: Connection,
): Promise<ServerInterest[] | undefined> {
  if (nc.state === "connected") await nc.flush();
  const { connections } = (await server.monitor("/connz?subs=detail")) as unknown as Connz;
  const mine = connections.find(({ cid }) => cid === nc.info?.clientId);
  return mine === undefined ? undefined : (mine.subscriptions_list_detail ?? []);
}

/** The subjects of {@link interestAt}, in alphabetical order. */
export async function subjectsAt(server: RunningServer, nc: Connection): Promise<string[] | undefined> {
  const interest = await interestAt(server, nc);
  return interest?.map(({ subject }) => subject).sort();
}
