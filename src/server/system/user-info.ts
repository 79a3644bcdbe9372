import type { Identity } from "../auth/authorizer.ts";
import { type Allow, listsOf, type Permissions } from "../auth/permissions.ts";
import { fromByteString } from "../protocol/bytes.ts";
import type { Account } from "../routing/account.ts";
import type { Publisher } from "../routing/subscription.ts";
import type { ServerReport } from "./server-report.ts";

/** Answers who the requester is: `$SYS.REQ.USER.INFO`, in the form of nats-server. */
export function serveUserInfo(
  account: Account,
  reportServer: () => ServerReport,
  identityOf: (publisher: Publisher | undefined) => Identity | undefined,
): void {
  account.serve("$SYS.REQ.USER.INFO", (request, publisher) => {
    const identity = identityOf(publisher);
    if (!request.hasReply || identity === undefined) return;
    const response = { server: reportServer(), data: userInfo(identity) };
    account.publish(request.reply, new TextEncoder().encode(JSON.stringify(response)));
  });
}

function userInfo({ user, userName, account, accountName, permissions, expires }: Identity): object {
  return {
    user: fromByteString(user),
    account: account.name,
    account_name: accountName ?? account.name,
    ...(userName === undefined || userName === "" ? {} : { user_name: userName }),
    ...(permissions === undefined ? {} : { permissions: shown(permissions) }),
    // Nanoseconds.
    ...(expires === undefined ? {} : { expires: Math.floor((expires - Date.now()) / 1000) * 1e9 }),
  };
}

function shown({ options, responses }: Permissions): object {
  const { publish, subscribe } = options;
  return {
    publish: lists(publish),
    subscribe: lists(subscribe),
    ...(responses === undefined ? {} : { responses: { max: responses.max, ttl: responses.expires * 1e6 } }),
  };
}

/** What is empty is left out, as Go does. */
function lists(allow: Allow = {}): object {
  const { allow: allowed = [], deny = [] } = listsOf(allow);
  return {
    ...(allowed.length === 0 ? {} : { allow: allowed }),
    ...(deny.length === 0 ? {} : { deny }),
  };
}
