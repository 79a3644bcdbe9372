import { connectionsAt, type Health } from "./health.ts";
import type { Invariants } from "./invariants.ts";
import type { Publisher } from "./publisher.ts";

/**
 * What the publisher's server says to have got on this link must be what was sent on it: all since the link began, with
 * what was replayed. This also finds what was lost before anybody was known to listen. Nothing is said if the link has
 * changed meanwhile, or if there was no moment without a publish.
 */
export async function checkServerCount(
  publisher: Publisher,
  health: Health,
  invariants: Invariants,
): Promise<void> {
  const { log, client, name } = publisher;
  const { calm } = health;
  const { accepted } = log;
  if (!(await publisher.flush())) return;
  const connections = await connectionsAt(client.place).catch(() => []);
  const known = connections.filter((connection) => connection.name === name);
  if (calm === undefined || health.calm !== calm || log.accepted !== accepted || known.length !== 1) return;
  const { least, most } = log.sentOnLink;
  const got = known[0]!.in_msgs;
  invariants.check(
    least <= got && got <= most,
    "accounting",
    () =>
      `${name}: ${least}${most > least ? ` to ${most}` : ""} messages were sent on this link, but server ${client.place.instance} got ${got}`,
  );
}
