import { shownJwt } from "./auth/jwt.ts";
import { shownUser } from "./auth/shown-user.ts";
import type { LinkKind, TlsSession } from "./link.ts";
import { fromByteString } from "./protocol/bytes.ts";
import type { Subscription } from "./routing/subscription.ts";
import type { ClientFacts } from "./session/client-facts.ts";
import type { Traffic } from "./session/traffic.ts";

/** A subscription as the server knows it. */
export interface SubscriptionView {
  readonly subject: string;
  readonly queue: string | undefined;
  /** The client's own number for it. */
  readonly sid: string;
  readonly delivered: number;
  /** After how many messages it ends; undefined for no limit. */
  readonly max: number | undefined;
}

/** A connection as the server knows it. */
export interface ConnectionView {
  readonly id: number;
  readonly kind: LinkKind;
  readonly host: string;
  readonly port: number;
  /** The TLS session; undefined without TLS. */
  readonly tls: TlsSession | undefined;
  /** The name that the client gave itself. */
  readonly name: string;
  readonly lang: string;
  readonly version: string;
  readonly user: string;
  /** The JWT that it presented. Empty without one, and for a bearer JWT: with that alone anybody could connect. */
  readonly jwt: string;
  /** The tags of its JWT. */
  readonly tags: readonly string[];
  /** The user's name, where {@link user} is a key. */
  readonly userName: string;
  /** The key that has signed its JWT, or the account of a user that signs in with an nkey. */
  readonly issuerKey: string;
  /** The name or key of its account. */
  readonly account: string;
  /** The account's name, where {@link account} is a key. */
  readonly accountName: string;
  readonly subscriptions: readonly SubscriptionView[];
  readonly traffic: Readonly<Traffic>;
  /** Bytes that wait for the client. */
  readonly pendingBytes: number;
  readonly startedAt: Date;
  /** When it last sent or got something else than a PONG. */
  readonly lastActivity: Date;
  /** Milliseconds of the last round trip; undefined until one has been measured. */
  readonly rtt: number | undefined;
}

/** `hasSubscriptions`: with a list of them; it may be long. */
export function viewOf(client: ClientFacts, hasSubscriptions: boolean = true): ConnectionView {
  const { link, request, identity } = client;
  return {
    id: client.id,
    kind: link.kind,
    host: link.host,
    port: link.port,
    tls: link.tls,
    name: request.name,
    lang: request.lang,
    version: request.version,
    user: shownUser(request, identity),
    jwt: shownJwt(request.jwt),
    tags: identity?.tags ?? [],
    userName: identity?.userName ?? "",
    issuerKey: identity?.issuerKey ?? "",
    account: identity?.account.name ?? "",
    accountName: identity?.accountName ?? identity?.account.name ?? "",
    subscriptions: hasSubscriptions ? Array.from(client.subscriptions.values(), subscriptionView) : [],
    traffic: { ...client.traffic },
    pendingBytes: client.pendingBytes,
    startedAt: client.startedAt,
    lastActivity: client.lastActivity,
    rtt: client.rtt,
  };
}

function subscriptionView({ subject, queue, sid, delivered, max }: Subscription): SubscriptionView {
  return {
    subject: fromByteString(subject),
    queue: queue === undefined ? undefined : fromByteString(queue),
    sid: fromByteString(sid),
    delivered,
    max: max === 0 ? undefined : max,
  };
}
