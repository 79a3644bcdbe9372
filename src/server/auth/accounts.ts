import { Account, type AccountLimits, type Screen } from "../routing/account.ts";
import type { Random } from "../routing/random.ts";

/** Where clients go that no account was said for. */
export const GLOBAL_ACCOUNT: string = "$G";
const SYSTEM_ACCOUNT = "$SYS";

/** The accounts of a server, made when they are first asked for. */
export class Accounts {
  readonly #byName = new Map<string, Account>();
  readonly #random: Random;
  readonly #systemName: string;
  readonly #onMade: ((account: Account) => void)[] = [];
  #screen: Screen | undefined;

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
      account.screen = this.#screen;
      this.#byName.set(name, account);
      for (const tell of this.#onMade) tell(account);
    }
    return account;
  }

  /** Calls back with each account, those that are made later on included. */
  forEach(tell: (account: Account) => void): void {
    for (const account of this.#byName.values()) tell(account);
    this.#onMade.push(tell);
  }

  /** Has all messages of all accounts looked at; undefined ends that. */
  setScreen(screen: Screen | undefined): void {
    this.#screen = screen;
    for (const account of this.#byName.values()) account.screen = screen;
  }

  values(): Iterable<Account> {
    return this.#byName.values();
  }
}
