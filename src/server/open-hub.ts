import { invalidOption } from "../core/checks.ts";
import { Accounts } from "./auth/accounts.ts";
import type { Authorizer } from "./auth/authorizer.ts";
import { loadNkeyVerifier, type VerifyNkey } from "./auth/nkey-verifier.ts";
import { OperatorAuthorizer } from "./auth/operator-authorizer.ts";
import { readTrust } from "./auth/trust.ts";
import { UserAuthorizer } from "./auth/user-authorizer.ts";
import { Hub } from "./hub.ts";
import type { ResolvedServerOptions } from "./options.ts";
import { randomText } from "./random-text.ts";
import type { Random } from "./routing/random.ts";
import { serveSystem } from "./system/services.ts";

/** A hub with the accounts and users of the options. Rejects with `INVALID_OPTION` for JWTs that can't be used. */
export async function openHub(options: ResolvedServerOptions, random: Random): Promise<Hub> {
  const { accounts, authorizer } = await openAuthorizer(options, random);
  // As nats-server's ids look: public keys of servers.
  const id = `N${randomText(random, 55)}`;
  const hub = new Hub(id, options, accounts, authorizer, random);
  serveSystem(hub);
  return hub;
}

async function openAuthorizer(
  options: ResolvedServerOptions,
  random: Random,
): Promise<{ accounts: Accounts; authorizer: Authorizer }> {
  const { operator } = options;
  if (operator !== undefined) {
    const verify = await loadNkeyVerifier();
    const trust = readTrust(operator, verify, invalidOption);
    const accounts = new Accounts(random, trust.systemAccount);
    return { accounts, authorizer: new OperatorAuthorizer(trust, accounts, verify) };
  }
  const accounts = new Accounts(random, options.systemAccount);
  const verify = usesNkeys(options) ? await loadNkeyVerifier() : refuseAll;
  return { accounts, authorizer: new UserAuthorizer(options, accounts, verify) };
}

function usesNkeys({ users, accounts }: ResolvedServerOptions): boolean {
  const all = [...users, ...Object.values(accounts).flatMap(({ users: own = [] }) => own)];
  return all.some(({ nkey }) => nkey !== undefined);
}

const refuseAll: VerifyNkey = () => false;
