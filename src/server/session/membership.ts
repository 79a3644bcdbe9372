import type { Identity } from "../auth/authorizer.ts";
import { ResponsePermits } from "../auth/response-permits.ts";
import type { Publication } from "../protocol/publication.ts";
import { Violation } from "../protocol/violation.ts";
import type { ClientSubscriptions } from "./client-subscriptions.ts";

/** Who a client is: its account, and what it may do there. */
export class Membership {
  readonly #subscriptions: ClientSubscriptions;
  #identity: Identity | undefined;
  #permits: ResponsePermits | undefined;

  constructor(subscriptions: ClientSubscriptions) {
    this.#subscriptions = subscriptions;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Goes over to this identity. Throws a Violation if its account is full. */
  join(identity: Identity): void {
    const { account, permissions } = identity;
    const { connections = -1 } = account.limits;
    const isNew = this.#identity?.account !== account;
    if (isNew && connections >= 0 && account.connections >= connections) {
      throw new Violation(
        "Maximum Account Connections Exceeded",
        "maximum account active connections exceeded",
      );
    }
    this.leave();
    account.connections++;
    this.#identity = identity;
    this.#subscriptions.bind(account.interest);
    const rule = permissions?.responses;
    this.#permits = rule === undefined ? undefined : new ResponsePermits(rule);
  }

  /** Belongs nowhere any more. */
  leave(): void {
    this.#subscriptions.clear();
    if (this.#identity !== undefined) this.#identity.account.connections--;
    this.#identity = undefined;
  }

  mayPublish({ subject }: Publication): boolean {
    const permissions = this.#identity?.permissions;
    if (permissions === undefined || permissions.canPublish(subject)) return true;
    return this.#permits?.use(subject, Date.now()) === true;
  }

  maySubscribe(subject: string, queue: string | undefined): boolean {
    return this.#identity?.permissions?.canSubscribe(subject, queue) !== false;
  }

  /** Whether a message that a subscription covers is meant for it; then its reply subject may be used. */
  mayReceive(publication: Publication, queue: string | undefined): boolean {
    const permissions = this.#identity?.permissions;
    if (permissions === undefined) return true;
    return !(permissions.deniesDelivery && permissions.isDenied(publication.subject, queue));
  }

  /** A message was delivered: where only responses are allowed, its reply subject is now. */
  onDelivered(publication: Publication): void {
    if (this.#permits === undefined || !publication.hasReply) return;
    const { reply } = publication;
    if (this.#identity?.permissions?.canPublish(reply) !== true) this.#permits.give(reply, Date.now());
  }
}
