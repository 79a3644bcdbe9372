import type { UserClaims, UserTerms } from "./claims.ts";
import { fillTemplate, type TemplateFacts } from "./permission-template.ts";

/**
 * The terms of a user that a scoped signing key has signed for: the key's, with the facts about the user filled in.
 * Undefined where the user brings terms of its own, or the template can't be filled: then it is refused.
 */
export function termsOfScope(
  template: UserTerms,
  user: UserClaims,
  facts: TemplateFacts,
): UserTerms | undefined {
  if (hasOwnTerms(user)) return undefined;
  const permissions = fillTemplate(template, facts);
  // What a template doesn't limit is not limited, unlike what a user's own JWT leaves out (nats-server 2.15).
  return permissions === undefined ? undefined : { subs: -1, payload: -1, ...template, ...permissions };
}

/** An empty list is one, too: nats-server wants none at all. */
function hasOwnTerms({ pub, sub, ...user }: UserClaims): boolean {
  const lists = [pub?.allow, pub?.deny, sub?.allow, sub?.deny, user.src, user.times];
  return (
    [...lists, user.resp, user.allowed_connection_types].some((one) => one !== undefined && one !== null) ||
    [user.subs, user.data, user.payload].some((limit) => (limit ?? 0) !== 0) ||
    (user.times_location ?? "") !== "" ||
    user.bearer_token === true ||
    user.proxy_required === true
  );
}
