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
  /** It ends after as many; undefined for no limit. */
  readonly max: number | undefined;
}

/** A connection as the server knows it. */
export interface ConnectionView {
  readonly id: number;
  readonly kind: LinkKind;
  readonly host: string;
  readonly port: number;
  /** What TLS was agreed on; undefined without. */
  readonly tls: TlsSession | undefined;
  /** What the client called itself. */
  readonly name: string;
  readonly lang: string;
  readonly version: string;
  readonly user: string;
  /** The JWT that it presented; empty without one, and for one that is enough to connect with. */
  readonly jwt: string;
  /** Of its JWT. */
  readonly tags: readonly string[];
  /** What the user is called, where it is known by a key. */
  readonly userName: string;
  /** The key that has signed its JWT; the account of a user that signs in with a seed. */
  readonly issuerKey: string;
  /** The name of its account, or the key. */
  readonly account: string;
  /** What the account is called. */
  readonly accountName: string;
  readonly subscriptions: readonly SubscriptionView[];
  readonly traffic: Readonly<Traffic>;
  /** Bytes that wait for the client. */
  readonly pendingBytes: number;
  readonly startedAt: Date;
  /** When it last sent or got something else than a PONG. */
  readonly lastActivity: Date;
  /** Milliseconds of a round trip; undefined until one was measured. */
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
