/** What a request may say of the connections that are wanted, under the names of nats-server. */
export interface ConnzRequest {
  readonly sort?: string;
  readonly auth?: boolean;
  readonly subscriptions?: boolean;
  readonly subscriptions_detail?: boolean;
  readonly offset?: number;
  readonly limit?: number;
  readonly cid?: number;
  /** 0 for those that are open, 1 for those that are closed, 2 for all. */
  readonly state?: number;
  readonly user?: string;
  readonly acc?: string;
}

const STATES = ["open", "closed", "all"];

/** The same as a query of the monitoring page; `account` is the only one to be shown, empty for all. */
export function connzQuery(request: ConnzRequest, account: string): URLSearchParams {
  const { subscriptions = false, subscriptions_detail: isDetailed = false, state = 0 } = request;
  const query = new URLSearchParams();
  for (const name of ["sort", "auth", "offset", "limit", "cid", "user"] as const) {
    const value = request[name];
    if (value !== undefined) query.set(name, String(value));
  }
  if (subscriptions || isDetailed) query.set("subs", isDetailed ? "detail" : "true");
  query.set("state", STATES[state] ?? String(state));
  query.set("acc", account === "" ? (request.acc ?? "") : account);
  return query;
}
