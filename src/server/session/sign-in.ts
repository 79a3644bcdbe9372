import type { Identity } from "../auth/authorizer.ts";
import { smallerLimit } from "../auth/smaller-limit.ts";
import type { Link } from "../link.ts";
import { type ConnectRequest, readConnect, UNSAID } from "../protocol/connect-request.ts";
import { type CloseReason, Violation } from "../protocol/violation.ts";
import type { ClientHost } from "./client-host.ts";
import type { ClientSubscriptions } from "./client-subscriptions.ts";
import { LongTimer } from "./long-timer.ts";
import { Membership } from "./membership.ts";

/** Milliseconds that a client stays which was told that it has too many subscriptions as it came. */
const FULL_TIME = 20;

/** The client that signs in. */
export interface Applicant {
  readonly nonce: string;
  readonly link: Link;
  readonly subscriptions: ClientSubscriptions;
  tellError(text: string): void;
  close(reason: CloseReason, told?: string): void;
}

/** Who a client says it is, who it is taken for, and for how long. */
export class SignIn {
  readonly #client: Applicant;
  readonly #host: ClientHost;
  readonly membership: Membership;
  request: ConnectRequest = UNSAID;
  #hasConnected = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #expiry: LongTimer = new LongTimer();

  constructor(client: Applicant, host: ClientHost) {
    this.#client = client;
    this.#host = host;
    this.membership = new Membership(client.subscriptions);
    const { authorizer } = host;
    const anonymous = authorizer.isRequired ? undefined : authorizer.anonymous(client.link.kind);
    if (anonymous !== undefined) this.membership.join(anonymous);
  }

  get identity(): Identity | undefined {
    return this.membership.identity;
  }

  /** CONNECT has come, or something that was taken in its place. */
  get hasConnected(): boolean {
    return this.#hasConnected;
  }

  /** Credentials are wanted, and CONNECT has not come. */
  get isAwaited(): boolean {
    return this.#host.authorizer.isRequired && !this.#hasConnected;
  }

  /** Bytes that a message may have; -1 for no limit. */
  get maxPayload(): number {
    return smallerLimit(this.identity?.maxPayload, this.#host.limits.maxPayload);
  }

  /** Whether the client may have no more subscriptions. */
  get isFull(): boolean {
    const max = smallerLimit(this.identity?.maxSubscriptions, this.#host.limits.maxSubscriptions);
    return max >= 0 && this.#client.subscriptions.size >= max;
  }

  get takesHeaders(): boolean {
    return this.#host.limits.headers && this.request.headers;
  }

  /** Gives the client its time to present credentials, if they are wanted. */
  begin(): void {
    const { authorizer, limits } = this.#host;
    if (!authorizer.isRequired) return;
    this.#timer = setTimeout(() => {
      this.#client.close("Authentication Timeout", "Authentication Timeout");
    }, limits.authTimeout);
  }

  onConnect(json: Uint8Array): void {
    this.#arrive();
    this.request = this.#host.complete(readConnect(json, this.request), this.#client.link);
    this.#logIn();
  }

  /** As the user for those who present nothing, where there is one: people try things out by hand. */
  onWithoutConnect(): void {
    if (this.#host.authorizer.anonymous(this.#client.link.kind) === undefined) throw refused();
    this.#arrive();
    this.#logIn();
  }

  #arrive(): void {
    this.#hasConnected = true;
    clearTimeout(this.#timer);
  }

  #logIn(): void {
    const { nonce, link } = this.#client;
    const identity = this.#host.authorizer.authorize({ request: this.request, nonce, link });
    const { account, new_account } = this.request;
    if (identity === undefined || account !== "" || new_account) throw refused();
    this.membership.join(identity);
    const { expires = Infinity, accountExpires = Infinity } = identity;
    this.#expiry.cancel();
    if (accountExpires <= expires) this.#expiry.set(accountExpires, () => this.expire("Account"));
    else this.#expiry.set(expires, () => this.expire("User"));
    if (this.isFull) this.#endFull();
  }

  /** Ends a connection that may have no subscription at all, a moment after it is told (nats-server 2.15). */
  #endFull(): void {
    this.#client.tellError("maximum subscriptions exceeded");
    this.#timer = setTimeout(() => this.#client.close("Maximum Subscriptions Exceeded"), FULL_TIME);
  }

  /** Ends the connection as if these credentials were over. */
  expire(whose: "User" | "Account" = "User"): void {
    this.#client.close("Authentication Expired", `${whose} Authentication Expired`);
  }

  /** The connection is over: nothing is waited for any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#expiry.cancel();
  }
}

function refused(): Violation {
  return new Violation("Authentication Failure", "Authorization Violation");
}
