import { Account, type AccountLimits } from "../routing/account.ts";
import type { Random } from "../routing/random.ts";

/** Where clients go that no account was said for. */
const GLOBAL_ACCOUNT = "$G";
const SYSTEM_ACCOUNT = "$SYS";

/** The accounts of a server, made when they are first asked for. */
export class Accounts {
  readonly #byName = new Map<string, Account>();
  readonly #random: Random;
  readonly #systemName: string;

  constructor(random: Random, systemName: string = SYSTEM_ACCOUNT) {
    this.#random = random;
    this.#systemName = systemName;
  }

  get global(): Account {
    return this.get(GLOBAL_ACCOUNT);
  }

  get system(): Account {
    return this.get(this.#systemName);
  }

  get(name: string, limits?: AccountLimits): Account {
    let account = this.#byName.get(name);
    if (account === undefined) {
      account = new Account(name, this.#random, limits);
      this.#byName.set(name, account);
    }
    return account;
  }

  values(): Iterable<Account> {
    return this.#byName.values();
  }
}
