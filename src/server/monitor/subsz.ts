import { type SubscriptionView, viewOf } from "../connection-view.ts";
import type { Hub } from "../hub.ts";
import { isLiteralSubject } from "../protocol/subject.ts";
import { SubjectTrie } from "../routing/subject-trie.ts";
import { subscriptionDocument } from "./connz.ts";
import { BadQuery, boolOf, cut, pageOf } from "./query.ts";

interface Listed {
  readonly account: string;
  readonly cid: number;
  readonly subscription: SubscriptionView;
}

/** The document of `/subsz`. Throws {@link BadQuery}. */
export function subsz(hub: Hub, query: URLSearchParams): object {
  const isListed = boolOf(query, "subs");
  const page = pageOf(query);
  const test = query.get("test") ?? "";
  if (test !== "" && !isLiteralSubject(test)) {
    throw new BadQuery(`invalid test subject, must be valid publish subject: ${test}`);
  }
  const wanted = query.get("acc") ?? "";
  const interests = [...hub.accounts.values()]
    .filter(({ name }) => wanted === "" || name === wanted)
    .map(({ interest }) => interest);
  const total = (count: (interest: (typeof interests)[number]) => number): number =>
    interests.reduce((sum, interest) => sum + count(interest), 0);
  const matches = total(({ matches: count }) => count);
  const fanouts = interests.flatMap(({ fanouts: all }) => all);
  const list = isListed ? subscriptions(hub, wanted, test) : [];
  const shown = cut(list, page);
  return {
    server_id: hub.id,
    now: new Date().toISOString(),
    num_subscriptions: total(({ size }) => size),
    num_cache: total(({ cached }) => cached),
    num_inserts: total(({ inserts }) => inserts),
    num_removes: total(({ inserts, size }) => inserts - size),
    num_matches: matches,
    cache_hit_rate: matches === 0 ? 0 : total(({ hits }) => hits) / matches,
    max_fanout: fanouts.reduce((most, one) => Math.max(most, one), 0),
    avg_fanout: fanouts.length === 0 ? 0 : fanouts.reduce((sum, one) => sum + one, 0) / fanouts.length,
    total: list.length,
    offset: page.offset,
    limit: page.limit,
    ...(shown.length > 0 ? { subscriptions_list: shown.map(document) } : {}),
  };
}

/** Those of clients, of one account or of all; with `test` those that would get a message to it. */
function subscriptions(hub: Hub, wanted: string, test: string): Listed[] {
  const list: Listed[] = [];
  for (const client of hub.clients.values()) {
    const { id: cid, account, subscriptions: own } = viewOf(client);
    if (wanted !== "" && account !== wanted) continue;
    for (const subscription of own) list.push({ account, cid, subscription });
  }
  if (test === "") return list;
  const trie = new SubjectTrie<Listed>();
  for (const one of list) trie.add(one.subscription.subject, one);
  return trie.match(test);
}

function document({ account, cid, subscription }: Listed): object {
  return { account, account_tag: account, ...subscriptionDocument(subscription, cid) };
}
