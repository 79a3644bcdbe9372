import type { PermissionClaims, SubjectLists } from "./claims.ts";
import { type PermissionOptions, Permissions } from "./permissions.ts";

/** The permissions that a JWT gives; undefined if it names none. */
export function permissionsOf({ pub, sub, resp }: PermissionClaims): Permissions | undefined {
  const options: PermissionOptions = {
    ...(isEmpty(pub) ? {} : { publish: listsOf(pub, pub.allow ?? undefined) }),
    // An empty list allows everything here, but nothing of what is published (nats-server 2.15).
    ...(isEmpty(sub) ? {} : { subscribe: listsOf(sub, sub.allow?.length === 0 ? undefined : sub.allow) }),
    ...(resp === undefined || resp === null
      ? {}
      : { allowResponses: { max: resp.max ?? 0, expires: (resp.ttl ?? 0) / 1e6 } }),
  };
  return Object.keys(options).length === 0 ? undefined : new Permissions(options);
}

function isEmpty(lists: SubjectLists | null | undefined): lists is null | undefined {
  return (lists?.allow ?? []).length + (lists?.deny ?? []).length === 0;
}

function listsOf(
  { deny }: SubjectLists,
  allow: readonly string[] | null | undefined,
): { allow?: readonly string[]; deny?: readonly string[] } {
  return {
    ...(allow === undefined || allow === null ? {} : { allow }),
    ...(deny === undefined || deny === null || deny.length === 0 ? {} : { deny }),
  };
}

/** Whether all subjects of a JWT's permissions can be one, with a queue name behind it where they are subscribed to. */
export function areSubjectsValid({ pub, sub }: PermissionClaims): boolean {
  const isValid = (lists: SubjectLists | null | undefined, words: number): boolean =>
    [...(lists?.allow ?? []), ...(lists?.deny ?? [])].every((text) => {
      const parts = text.split(" ");
      return parts.length <= words && parts.every((part) => part.split(".").every((token) => token !== ""));
    });
  return isValid(pub, 1) && isValid(sub, 2);
}
