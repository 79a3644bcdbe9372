import type { ConnectionView, SubscriptionView } from "../connection-view.ts";
import { viewOf } from "../connection-view.ts";
import type { Hub } from "../hub.ts";
import { GLOBAL_ACCOUNT } from "../auth/accounts.ts";
import { shortDuration, uptime } from "./duration.ts";
import { BadQuery, boolOf, countOf, cut, pageOf } from "./query.ts";

/** A connection, and how it ended if it did. */
interface Entry {
  readonly connection: ConnectionView;
  readonly subscriptionCount: number;
  /** When it ended, or else now. */
  readonly until: Date;
  readonly stop?: Date;
  readonly reason?: string;
}

const ORDERS: Readonly<Record<string, (a: Entry, b: Entry) => number>> = {
  cid: (a, b) => a.connection.id - b.connection.id,
  start: (a, b) => a.connection.id - b.connection.id,
  subs: descending(({ subscriptionCount }) => subscriptionCount),
  pending: descending(({ connection }) => connection.pendingBytes),
  msgs_to: descending(({ connection }) => connection.traffic.outMessages),
  msgs_from: descending(({ connection }) => connection.traffic.inMessages),
  bytes_to: descending(({ connection }) => connection.traffic.outBytes),
  bytes_from: descending(({ connection }) => connection.traffic.inBytes),
  last: descending(({ connection }) => connection.lastActivity.getTime()),
  idle: (a, b) => a.connection.lastActivity.getTime() - b.connection.lastActivity.getTime(),
  // Times are too coarse to tell two that came together.
  uptime: (a, b) => lifetime(a) - lifetime(b) || b.connection.id - a.connection.id,
  stop: descending(({ stop }) => stop!.getTime()),
  reason: (a, b) => a.reason!.localeCompare(b.reason!),
  rtt: descending(({ connection }) => connection.rtt ?? 0),
};

function lifetime({ connection, until }: Entry): number {
  return until.getTime() - connection.startedAt.getTime();
}

function descending(value: (entry: Entry) => number): (a: Entry, b: Entry) => number {
  return (a, b) => value(b) - value(a);
}

/** The document of `/connz`. Throws {@link BadQuery}. */
export function connz(hub: Hub, query: URLSearchParams): object {
  const order = query.get("sort") ?? "";
  const hasAuth = boolOf(query, "auth");
  const subs = query.get("subs")?.toLowerCase() === "detail" ? "detail" : boolOf(query, "subs");
  const page = pageOf(query);
  const cid = countOf(query, "cid");
  const state = stateOf(query);
  const compare = ORDERS[order === "" ? "cid" : order];
  if (compare === undefined) throw new BadQuery(`invalid sorting option: ${order}`);
  if ((order === "stop" || order === "reason") && state !== "closed") {
    throw new BadQuery(`sort by ${order} only valid on closed connections`);
  }
  const now = new Date();
  const account = query.get("acc") ?? "";
  const all = entries(hub, state, account, now);
  const user = query.get("user") ?? "";
  const chosen = all.filter(
    ({ connection }) => (cid === 0 || connection.id === cid) && (user === "" || connection.user === user),
  );
  const shown = cut(chosen.toSorted(compare), page);
  return {
    server_id: hub.id,
    now: now.toISOString(),
    num_connections: shown.length,
    total: all.length,
    offset: page.offset,
    limit: cid > 0 ? 1 : page.limit,
    // Of an account that nobody has heard of (nats-server 2.15).
    connections:
      shown.length === 0 && !isKnown(hub, account)
        ? null
        : shown.map((entry) => document(entry, hasAuth, subs)),
  };
}

function isKnown({ accounts }: Hub, account: string): boolean {
  return account === "" || [...accounts.values()].some(({ name }) => name === account);
}

function stateOf(query: URLSearchParams): "open" | "closed" | "all" {
  const text = query.get("state") ?? "";
  const state = text === "" ? "open" : text.toLowerCase();
  if (state === "any" || state === "all") return "all";
  if (state === "open" || state === "closed") return state;
  throw new BadQuery(`Error decoding state for ${text}`);
}

function entries(hub: Hub, state: "open" | "closed" | "all", account: string, now: Date): Entry[] {
  const open = state === "closed" ? [] : Array.from(hub.clients.values(), (client) => viewOf(client));
  const closed = state === "open" ? [] : hub.closed.values();
  const all: Entry[] = [
    ...open.map((connection) => ({
      connection,
      subscriptionCount: connection.subscriptions.length,
      until: now,
    })),
    ...closed.map(({ at, ...rest }) => ({ ...rest, until: at, stop: at })),
  ];
  return all.filter(({ connection }) => account === "" || connection.account === account);
}

function document(entry: Entry, hasAuth: boolean, subs: "detail" | boolean): object {
  const { connection } = entry;
  return {
    ...life(entry),
    ...passed(entry),
    ...present("name", connection.name),
    ...present("lang", connection.lang),
    ...present("version", connection.version),
    ...present("tls_version", connection.tls?.version ?? ""),
    ...present("tls_cipher_suite", connection.tls?.cipher ?? ""),
    ...(hasAuth ? login(connection) : {}),
    ...(hasAuth || entry.stop !== undefined ? signature(entry, hasAuth) : {}),
    ...subscriptionLists(connection, subs),
  };
}

function life({ connection, until, stop, reason }: Entry): object {
  return {
    cid: connection.id,
    kind: "Client",
    type: connection.kind === "websocket" ? "websocket" : "nats",
    ip: connection.host,
    port: connection.port,
    start: connection.startedAt.toISOString(),
    last_activity: connection.lastActivity.toISOString(),
    ...(stop === undefined ? {} : { stop: stop.toISOString(), reason }),
    rtt: shortDuration(connection.rtt ?? 0),
    uptime: uptime(until.getTime() - connection.startedAt.getTime()),
    idle: uptime(until.getTime() - connection.lastActivity.getTime()),
  };
}

function passed({ connection: { traffic, pendingBytes }, subscriptionCount }: Entry): object {
  return {
    pending_bytes: pendingBytes,
    in_msgs: traffic.inMessages,
    out_msgs: traffic.outMessages,
    in_bytes: traffic.inBytes,
    out_bytes: traffic.outBytes,
    subscriptions: subscriptionCount,
  };
}

function login({ user, account }: ConnectionView): object {
  return {
    ...present("authorized_user", user),
    ...(account === GLOBAL_ACCOUNT ? {} : present("account", account)),
  };
}

/** Of closed connections nats-server shows it to whoever asks (2.15). */
function signature(entry: Entry, hasAuth: boolean): object {
  const { jwt, issuerKey, tags } = entry.connection;
  return {
    ...present("jwt", jwt),
    ...present("issuer_key", issuerKey),
    ...present("name_tag", nameTag(entry, hasAuth)),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

/** The account's, or of a closed connection the user's where the account's isn't asked for (nats-server 2.15). */
function nameTag({ connection, stop }: Entry, hasAuth: boolean): string {
  const { account, accountName, userName } = connection;
  const isAccounts = stop === undefined || (hasAuth && account !== GLOBAL_ACCOUNT);
  return isAccounts ? accountName : userName;
}

function subscriptionLists({ id, subscriptions }: ConnectionView, subs: "detail" | boolean): object {
  if (subs === false || subscriptions.length === 0) return {};
  if (subs === true) return { subscriptions_list: subscriptions.map(({ subject }) => subject) };
  return { subscriptions_list_detail: subscriptions.map((one) => subscriptionDocument(one, id)) };
}

/** What is empty is left out, as Go does. */
function present(name: string, value: string): object {
  return value === "" ? {} : { [name]: value };
}

/** A subscription, as `/connz` and `/subsz` show it. */
export function subscriptionDocument(
  { subject, queue, sid, delivered, max }: SubscriptionView,
  cid: number,
): object {
  return {
    subject,
    ...present("qgroup", queue ?? ""),
    sid,
    msgs: delivered,
    ...(max === undefined ? {} : { max }),
    cid,
  };
}
